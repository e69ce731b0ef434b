package console

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/broadcast/qr"
	"plaza/shop"
	"plaza/templates"
)

func (s *Console) codes(c *gin.Context) error {
	page, err := s.codePage(c, qr.Follow)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) codePage(c *gin.Context, kind qr.Kind) (*templates.Codes, error) {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return nil, err
	}
	found, next, err := s.Codes.List(c, accountID(c), after(c), pageSize)
	if err != nil {
		return nil, err
	}
	page := &templates.Codes{Base: base, Pager: pager(c, next),
		Kinds: s.options(c, "code", string(kind), string(qr.Follow), string(qr.Link), string(qr.App), string(qr.Coupon), string(qr.Product))}
	for _, one := range found {
		page.Rows = append(page.Rows, s.codeRow(c, one))
	}
	return page, nil
}

func (s *Console) codeRow(c *gin.Context, one qr.Code) templates.CodeRow {
	row := templates.CodeRow{
		ID: one.ID, URL: path(c, "codes", one.ID), Label: one.Label, Kind: string(one.Kind), Link: s.Codes.URL(one.ID),
		Target: one.Target, Scans: int(one.Scans), Visitors: int(one.Visitors), State: "active", Expires: one.EndsAt,
	}
	switch {
	case one.Disabled:
		row.State = "disabled"
	case !one.EndsAt.IsZero() && one.EndsAt.Before(s.now()):
		row.State = "expired"
	}
	return row
}

// readCode reads the form of a code. What its target means depends on its kind:
// an address, a coupon's code, a product's id or address.
func readCode(c *gin.Context) (qr.Spec, error) {
	slug := web.At(c).Account.Slug
	spec := qr.Spec{Kind: qr.Kind(c.PostForm("kind")), Label: field(c, "label"), Target: field(c, "target")}
	switch spec.Kind {
	case qr.Follow:
		spec.Target = "/chat/" + slug
	case qr.App:
		spec.IOS, spec.Android = field(c, "ios"), field(c, "android")
	case qr.Coupon:
		spec.Coupon, spec.Target = spec.Target, ""
	case qr.Product:
		if !strings.Contains(spec.Target, "/") {
			spec.Target = "/shop/" + slug + "/p/" + spec.Target
		}
	}
	last, err := day(c, "expires")
	if err != nil || last.IsZero() {
		return spec, err
	}
	spec.EndsAt = last.AddDate(0, 0, 1) // the last day counts
	return spec, nil
}

func (s *Console) createCode(c *gin.Context) error {
	spec, err := readCode(c)
	var made qr.Code
	if err == nil {
		err = s.audited(c, "code.created", "", func() (err error) {
			made, err = s.Codes.Create(c, accountID(c), memberID(c), spec)
			if errors.Is(err, shop.ErrNoCoupon) {
				return qr.ErrNoCoupon.Because(err) // a wrong word in the form, not a page that is missing
			}
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "codes", made.ID), "codes.done.made", nil)
	}
	page, shown := s.codePage(c, spec.Kind)
	if shown != nil {
		return shown
	}
	page.Label, page.Target, page.Expires = field(c, "label"), field(c, "target"), field(c, "expires")
	page.IOS, page.Android = field(c, "ios"), field(c, "android")
	if err := s.refused(c, &page.Base, err, map[string]string{"coupon": "target"},
		"label", "kind", "target", "ios", "android", "expires"); err != nil {
		return err
	}
	return s.again(c, page)
}

// code is the page of a code, or its picture: the path's ending says which.
func (s *Console) code(c *gin.Context) error {
	id, ending, _ := strings.Cut(c.Param("code"), ".")
	found, err := s.Codes.Find(c, accountID(c), id)
	if err != nil {
		return err
	}
	switch ending {
	case "":
		return s.showCode(c, found)
	case "png", "svg":
		return s.drawCode(c, found, ending)
	}
	return web.ErrNotFound
}

func (s *Console) showCode(c *gin.Context, found qr.Code) error {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return err
	}
	page := &templates.Code{Base: base, Row: s.codeRow(c, found), Follows: int(found.Follows)}
	if found.Parent != "" { // a campaign's own: it leads where that one leads
		parent, err := s.Codes.Find(c, accountID(c), found.Parent)
		if err != nil {
			return err
		}
		page.Row.Target = parent.Target
	}
	channels, err := s.Bot.Connections().SceneChannels(c, accountID(c))
	if err != nil {
		return err
	}
	for _, channel := range channels {
		page.Scenes = append(page.Scenes, s.sceneCode(c, found, channel))
	}
	const shown = 30
	days, err := s.Codes.Days(c, accountID(c), found.ID, shown)
	if err != nil {
		return err
	}
	scans := map[string]int64{}
	for _, one := range days {
		date, err := time.ParseInLocation(time.DateOnly, one.Date(), base.Account.Zone)
		if err != nil {
			return err
		}
		scans[one.Date()] = one.Scans
		page.Days = append(page.Days, templates.DayScan{Day: date, Scans: int(one.Scans), Visitors: int(one.Visitors), Follows: int(one.Follows)})
	}
	today := s.now().In(base.Account.Zone)
	for back := shown - 1; back >= 0; back-- {
		page.Trend = append(page.Trend, scans[today.AddDate(0, 0, -back).Format(time.DateOnly)])
	}
	return s.Surface.Draw(c, page)
}

// printSize is the width of a PNG for print, in pixels: 8 cm at 300 dpi.
const printSize = 1024

func (s *Console) drawCode(c *gin.Context, found qr.Code, ending string) error {
	c.Header("Content-Disposition", `attachment; filename="`+found.ID+"."+ending+`"`)
	if ending == "svg" {
		drawn, err := qr.SVG(s.Codes.URL(found.ID), qr.Medium)
		if err != nil {
			return err
		}
		c.Data(200, "image/svg+xml", drawn)
		return nil
	}
	size := printSize
	if wanted := c.Query("size"); wanted != "" {
		read, err := strconv.Atoi(wanted)
		if err != nil {
			return qr.ErrSize
		}
		size = read
	}
	drawn, err := qr.PNG(s.Codes.URL(found.ID), qr.Medium, size)
	if err != nil {
		return err
	}
	c.Data(200, "image/png", drawn)
	return nil
}

// codeSheet prints the codes named by ids, or all that are in use.
func (s *Console) codeSheet(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	page := &templates.CodeSheet{Base: base}
	wanted := words(strings.Join(c.QueryArray("ids"), ","))
	if len(wanted) == 0 {
		found, _, err := s.Codes.List(c, accountID(c), "", pageSize)
		if err != nil {
			return err
		}
		for _, one := range found {
			if row := s.codeRow(c, one); row.State == "active" && one.Kind != qr.ForCampaign {
				page.Rows = append(page.Rows, row)
			}
		}
	}
	for _, id := range wanted[:min(len(wanted), pageSize)] {
		one, err := s.Codes.Find(c, accountID(c), id)
		if errors.Is(err, qr.ErrCode) {
			continue
		}
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, s.codeRow(c, one))
	}
	return s.Surface.Draw(c, page)
}

// switchCode makes the handler that stops a code or lets it lead on again.
func (s *Console) switchCode(disabled bool) web.Handler {
	action, said := "code.enabled", "codes.done.enabled"
	if disabled {
		action, said = "code.disabled", "codes.done.disabled"
	}
	return func(c *gin.Context) error {
		id := c.Param("code")
		err := s.audited(c, action, "code:"+id, func() error {
			_, err := s.Codes.SetDisabled(c, accountID(c), id, disabled)
			return err
		})
		return s.done(c, path(c, "codes", id), said, err)
	}
}
