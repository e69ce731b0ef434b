package console

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/shop"
	"plaza/shop/booking"
	"plaza/templates"
)

// kindTabs lead from the editor of a new product to that of another kind.
func (s *Console) kindTabs(c *gin.Context, here shop.Kind) (tabs []templates.Tab) {
	for _, kind := range shop.Kinds {
		tabs = append(tabs, templates.Tab{Label: s.said(c, "kind."+string(kind)), URL: path(c, "products", "new") + "?kind=" + string(kind),
			Count: -1, Here: kind == here})
	}
	return tabs
}

// kindOf is the kind of a product as forms name it.
func kindOf(p shop.Product) shop.Kind {
	if p.Kind == "" {
		return shop.Goods
	}
	return p.Kind
}

// newCalendar is what the editor of a new booking begins with: office hours.
func newCalendar() *booking.Plan {
	plan := &booking.Plan{Minutes: 60, Capacity: 1, Notice: 2 * 60, Cancel: 24 * 60, Ahead: 60}
	for weekday := 1; weekday <= 5; weekday++ {
		plan.Week[weekday] = []booking.Hours{{From: 9 * 60, Until: 12 * 60}, {From: 13 * 60, Until: 18 * 60}}
	}
	return plan
}

func (s *Console) calendarForm(c *gin.Context, plan *booking.Plan) templates.CalendarForm {
	if plan == nil {
		plan = newCalendar()
	}
	form := templates.CalendarForm{Minutes: strconv.Itoa(plan.Minutes), Capacity: decimal(plan.Capacity), Notice: strconv.Itoa(plan.Notice / 60),
		Ahead: strconv.Itoa(plan.Ahead), Closed: strings.Join(plan.Closed, "\n")}
	if plan.Every > 0 {
		form.Every = strconv.Itoa(plan.Every)
	}
	if plan.Cancel >= 0 {
		form.Cancel = strconv.Itoa(plan.Cancel / 60)
	}
	for i := range 7 {
		weekday := (i + 1) % 7 // people's weeks begin on Monday
		form.Week = append(form.Week, templates.CalendarDay{Name: "week." + strconv.Itoa(weekday),
			Label: s.said(c, "weekday."+strconv.Itoa(weekday)), Hours: booking.WriteHours(plan.Week[weekday])})
	}
	return form
}

// readCalendar reads the form of a calendar.
func (f *productForm) readCalendar(c *gin.Context) {
	plan := &booking.Plan{Cancel: -1}
	f.product.Calendar = plan
	for weekday := range plan.Week {
		name := "week." + strconv.Itoa(weekday)
		hours, err := booking.ParseHours(field(c, name))
		if err != nil {
			f.fail(booking.ErrHours.In(name))
		}
		plan.Week[weekday] = hours
	}
	read := func(name string, times int) int {
		var value int64
		f.number(name, field(c, name), &value)
		return int(value) * times
	}
	plan.Minutes, plan.Every, plan.Capacity = read("minutes", 1), read("every", 1), int64(read("capacity", 1))
	plan.Notice, plan.Ahead = read("notice", 60), read("ahead", 1)
	if field(c, "cancel") != "" {
		plan.Cancel = max(0, read("cancel", 60))
	}
	plan.Closed = strings.Fields(c.PostForm("closed"))
}

// typedCalendar is the form of a calendar as it was typed.
func (s *Console) typedCalendar(c *gin.Context) templates.CalendarForm {
	form := s.calendarForm(c, nil)
	form.Minutes, form.Every, form.Capacity = field(c, "minutes"), field(c, "every"), field(c, "capacity")
	form.Notice, form.Cancel, form.Ahead, form.Closed = field(c, "notice"), field(c, "cancel"), field(c, "ahead"), c.PostForm("closed")
	for i := range form.Week {
		form.Week[i].Hours = field(c, form.Week[i].Name)
	}
	return form
}

// soldFiles are a variant's files as its form shows them.
func (s *Console) soldFiles(c *gin.Context, variant shop.Variant) ([]templates.SoldFile, error) {
	found, err := s.Shop.Digital.Files(c, accountID(c), variant.Files...)
	var shown []templates.SoldFile
	for _, file := range found {
		shown = append(shown, templates.SoldFile{ID: file.ID, Name: file.Name, Size: file.Size})
	}
	return shown, err
}

// readDigital reads what a variant gives: the files that were there and still
// are, those that were sent along, and whether pieces get keys.
func (s *Console) readDigital(c *gin.Context, form *productForm) error {
	for i, n := range form.fields {
		name := "variants." + strconv.Itoa(n)
		variant := &form.product.Variants[i]
		variant.Keys, variant.Files = c.PostForm(name+".keys") == "on", nil
		for _, id := range c.PostFormArray(name + ".kept") {
			if _, err := s.Shop.Digital.File(c, accountID(c), id); err != nil {
				return inField(err, "variants."+strconv.Itoa(i)+".files")
			}
			variant.Files = append(variant.Files, id)
		}
		if c.Request.MultipartForm == nil {
			continue
		}
		for _, header := range c.Request.MultipartForm.File[name+".files"] {
			if header.Size == 0 {
				continue
			}
			file, err := header.Open()
			if err != nil {
				return err
			}
			kept, err := s.Shop.Digital.KeepFile(c, accountID(c), header.Filename, file)
			if err := errors.Join(err, file.Close()); err != nil {
				return inField(err, "variants."+strconv.Itoa(i)+".files")
			}
			variant.Files = append(variant.Files, kept.ID)
		}
	}
	return nil
}

// addKeys adds the keys that were pasted to what was saved, and tells which
// field was refused.
func (s *Console) addKeys(c *gin.Context, form productForm, saved shop.Product) error {
	for i, n := range form.fields {
		typed := c.PostForm("variants." + strconv.Itoa(n) + ".add")
		if strings.TrimSpace(typed) == "" || i >= len(saved.Variants) || !saved.Variants[i].Keys {
			continue
		}
		_, err := s.Shop.AddKeys(c, accountID(c), saved.Variants[i].ID, typed)
		if err != nil {
			return inField(err, "variants."+strconv.Itoa(i)+".add")
		}
	}
	return nil
}

// keysRefused says of a product that was saved that its keys were not.
func (s *Console) keysRefused(c *gin.Context, product string, err error) error {
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	return web.RedirectSaying(c, path(c, "products", product), templates.Flash{Kind: "bad", Text: web.Sentence(s.Surface.Renderer.Texts, web.Language(c), refused)})
}
