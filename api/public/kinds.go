package public

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop"
	"plaza/templates"
)

// kinds adds the routes about what is no parcel.
func (p *pages) kinds(get, post func(string, web.Handler)) {
	get("/shop/:account/orders/:order/files/:file", p.download)
	post("/shop/:account/orders/:order/bookings/:booking/cancel", p.cancelBooking)
}

// daysShown is how many days of a calendar a page offers at once.
const daysShown = 7

// times fills the part of a product's page about its times.
func (p *pages) times(c *gin.Context, front storefront, offer shop.Offer) (*templates.TimeChoice, error) {
	zone, path := front.account.Location(), shopPath(front.account)+"/p/"+url.PathEscape(offer.ID)
	now := p.Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	on := today
	if asked, err := time.ParseInLocation(time.DateOnly, c.Query("day"), zone); err == nil && asked.After(today) && !asked.After(today.AddDate(0, 0, offer.Calendar.Ahead)) {
		on = asked
	}
	address := func(day time.Time) string {
		return path + "?" + url.Values{"day": {day.Format(time.DateOnly)}}.Encode()
	}
	shown := &templates.TimeChoice{}
	// Pages of a week, counted from today: the day that is shown stays where it is.
	page := int(on.Sub(today).Hours()+12) / 24 / daysShown * daysShown
	for i := range daysShown {
		day := today.AddDate(0, 0, page+i)
		shown.Days = append(shown.Days, templates.DayChoice{URL: address(day), At: day, Here: day.Equal(on)})
	}
	if after := today.AddDate(0, 0, page+daysShown); !after.After(today.AddDate(0, 0, offer.Calendar.Ahead)) {
		shown.Next = address(after)
	}
	if page > 0 {
		shown.First = path
	}
	slots, err := p.Shop.Slots(c, front.account.ID, offer.ID, on)
	for _, slot := range slots {
		shown.Slots = append(shown.Slots, templates.SlotChoice{Value: strconv.FormatInt(slot.Start.Unix(), 10), At: slot.Start, Left: int(slot.Left)})
	}
	return shown, err
}

// book puts the time that was chosen into the cart.
func (p *pages) book(c *gin.Context, front storefront, quantity int) error {
	start, err := strconv.ParseInt(c.PostForm("slot"), 10, 64)
	if err != nil {
		return shop.ErrSlotNeeded.In("slot")
	}
	_, err = p.Shop.AddBooking(c, front.person, c.PostForm("variant"), time.Unix(start, 0).UTC(), quantity)
	return err
}

// handed fills the part of an order's page about what nobody sends.
func (p *pages) handed(c *gin.Context, order shop.Order, shown *templates.MyOrder) error {
	var err error
	if shown.Given, err = p.given(c, order, shown.Path); err != nil {
		return err
	}
	booked, err := p.Shop.AppointmentsIn(c, order)
	for _, each := range booked {
		row := templates.MyBooking{Title: order.Lines[each.Line].Name, From: each.Start, To: each.End, State: string(each.State)}
		if each.MayCancel(p.Now()) {
			row.CancelPath, row.CancelTill = shown.Path+"/bookings/"+url.PathEscape(each.ID)+"/cancel", *each.CancelTill
		}
		shown.Bookings = append(shown.Bookings, row)
	}
	return err
}

// given shows what an order's digital lines have given, with the files below a
// page's path.
func (p *pages) given(c *gin.Context, order shop.Order, path string) (lines []templates.GivenLine, err error) {
	given, err := p.Shop.Given(c, order)
	for _, each := range given {
		line := templates.GivenLine{Title: order.Lines[each.Line].Title(), Keys: each.Keys}
		for _, file := range each.Files {
			line.Files = append(line.Files, templates.GivenFile{URL: path + "/files/" + url.PathEscape(file.ID), Name: file.Name,
				Size: sizeOf(file.Size), Left: int(file.Left)})
		}
		lines = append(lines, line)
	}
	return lines, err
}

// sizeOf writes a size for people.
func sizeOf(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KB", max(1, bytes>>10))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// download serves a file of the visitor's own order.
func (p *pages) download(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoOrder
	}
	order, err := p.Shop.OrderOf(c, front.person, c.Param("order"))
	if err != nil {
		return err
	}
	return p.sendGiven(c, order, orderPath(front.account, order.ID))
}

// sendGiven serves a file that an order has given, and counts it. Asking for its
// head does not count, and parts are not served: each would count. Where it is
// refused, it leads back to the page it is on.
func (p *pages) sendGiven(c *gin.Context, order shop.Order, page string) error {
	if c.Request.Method == http.MethodHead {
		c.Status(http.StatusOK)
		return nil
	}
	file, err := p.Shop.Download(c, order, c.Param("file"))
	if err != nil {
		return p.orBack(c, err, page)
	}
	return p.sendFile(c, file)
}

// cancelBooking gives a booking of the visitor's back.
func (p *pages) cancelBooking(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoBooking
	}
	path := orderPath(front.account, c.Param("order"))
	if _, err := p.Shop.CancelOwnBooking(c, front.person, c.Param("booking")); err != nil {
		return p.orBack(c, err, path)
	}
	return web.RedirectSaying(c, path, templates.Flash{Kind: "good", Text: p.Text(c, "public.booking.cancelled")})
}
