package console

import (
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/shop"
	"plaza/templates"
)

// bookingRoutes are about what people have booked.
func (s *Console) bookingRoutes() []route {
	return []route{
		get("/bookings", s.bookings, account.ReadShop),
		post("/bookings/:booking/cancel", s.cancelBooking, account.Refund),
	}
}

// bookings shows a day: today, unless another is asked for.
func (s *Console) bookings(c *gin.Context) error {
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	zone := web.At(c).Account.Location()
	now := s.now().In(zone)
	on := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	if asked, err := time.ParseInLocation(time.DateOnly, c.Query("day"), zone); err == nil {
		on = asked
	}
	page := &templates.Bookings{Base: base, Day: on.Format(time.DateOnly), At: on, Prev: dayPath(c, on.AddDate(0, 0, -1)), Next: dayPath(c, on.AddDate(0, 0, 1))}
	found, next, err := s.Shop.Appointments(c, accountID(c), on, on.AddDate(0, 0, 1), pageSize, after(c))
	if err != nil {
		return err
	}
	if next != "" {
		page.More = with(c, "cursor", string(next))
	}
	for _, one := range found {
		row := templates.BookingRow{ID: one.ID, From: one.Start, To: one.End, Title: one.Title, Person: s.personName(c, one.Person.Name, one.Subscriber),
			Quantity: one.Quantity, OrderURL: path(c, "orders", one.Order), Number: one.Number, State: string(one.State)}
		if one.State == shop.Booked && one.End.After(s.now()) && web.At(c).Access.May(account.Refund) {
			row.CancelPath = path(c, "bookings", one.ID, "cancel")
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

func dayPath(c *gin.Context, on time.Time) string {
	return path(c, "bookings") + "?" + url.Values{"day": {on.Format(time.DateOnly)}}.Encode()
}

func (s *Console) cancelBooking(c *gin.Context) error {
	id := c.Param("booking")
	err := s.audited(c, "booking.cancelled", "booking:"+id, func() error {
		_, err := s.Shop.CancelBooking(c, accountID(c), id, memberID(c))
		return err
	})
	return s.done(c, path(c, "bookings")+"?"+url.Values{"day": {field(c, "day")}}.Encode(), "bookings.done.cancelled", err)
}
