package rest

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plaza/account"
	"plaza/api/web"
	"plaza/broadcast/qr"
	"plaza/message"
)

// code is a tracked code with the address that its picture says.
type code struct {
	qr.Code
	URL string `json:"url"`
}

func (s *surface) viewCode(found qr.Code, err error) (code, error) {
	return code{found, s.Codes.URL(found.ID)}, err
}

func (s *surface) listCodes(ctx context.Context, who account.Access, in *Paging) (page[code], error) {
	found, next, err := s.Codes.List(ctx, who.Account, in.at(), in.Limit)
	views := make([]code, len(found))
	for i, one := range found {
		views[i] = code{one, s.Codes.URL(one.ID)}
	}
	return pageOf(views, next, err)
}

// OneCode names a code in a path.
type OneCode struct {
	Code string `path:"code" maxLength:"40"`
}

func (s *surface) getCode(ctx context.Context, who account.Access, in *OneCode) (code, error) {
	return s.viewCode(s.Codes.Find(ctx, who.Account, in.Code))
}

type codeBody struct {
	Kind    qr.Kind   `json:"kind" enum:"follow,app,coupon,product,link"`
	Label   string    `json:"label" maxLength:"100"`
	Target  string    `json:"target,omitempty" maxLength:"2000" doc:"An address, or a path on this site. With kind app it is for whoever has neither platform."`
	IOS     string    `json:"ios,omitempty" maxLength:"2000"`
	Android string    `json:"android,omitempty" maxLength:"2000"`
	Coupon  string    `json:"coupon,omitempty" maxLength:"24" doc:"With kind coupon: its code. The target then comes from the shop."`
	EndsAt  time.Time `json:"ends_at,omitzero" doc:"When it stops leading anywhere."`
}

func (c codeBody) spec() qr.Spec {
	return qr.Spec{Kind: c.Kind, Label: c.Label, Target: c.Target, IOS: c.IOS, Android: c.Android, Coupon: c.Coupon, EndsAt: c.EndsAt}
}

type newCodeInput struct{ Body codeBody }

func (s *surface) createCode(ctx context.Context, who account.Access, in *newCodeInput) (code, error) {
	return s.viewCode(s.Codes.Create(ctx, who.Account, who.Member, in.Body.spec()))
}

type changeCodeInput struct {
	OneCode
	Body codeBody
}

func (s *surface) changeCode(ctx context.Context, who account.Access, in *changeCodeInput) (code, error) {
	return s.viewCode(s.Codes.Update(ctx, who.Account, in.Code, in.Body.spec()))
}

type disableCodeInput struct {
	OneCode
	Body struct {
		Disabled bool `json:"disabled"`
	}
}

func (s *surface) disableCode(ctx context.Context, who account.Access, in *disableCodeInput) (code, error) {
	return s.viewCode(s.Codes.SetDisabled(ctx, who.Account, in.Code, in.Body.Disabled))
}

type scanDay struct {
	Date     string `json:"date" format:"date" doc:"On the account's calendar."`
	Scans    int64  `json:"scans"`
	Visitors int64  `json:"visitors"`
	Follows  int64  `json:"follows" doc:"Who followed by a messenger's code."`
}

type makeSceneInput struct {
	OneCode
	Body struct {
		Channel string `json:"channel" minLength:"1" maxLength:"32"`
		Days    int    `json:"days,omitempty" minimum:"0" maximum:"30" doc:"How long it works; 0 is for ever."`
		Number  int64  `json:"number,omitempty" minimum:"0" maximum:"4294967295" doc:"What it tells when it is scanned, instead of the code's key; 0 is the key. Up to 100,000 if it works for ever."`
	}
}

// makeScene has a messenger make its own code for a tracked one, or make it anew.
func (s *surface) makeScene(ctx context.Context, who account.Access, in *makeSceneInput) (code, error) {
	scene := message.Scene{Number: in.Body.Number, Life: time.Duration(in.Body.Days) * 24 * time.Hour}
	if err := web.MakeScene(ctx, s.Codes, s.Bot.Connections(), who.Account, in.Code, in.Body.Channel, scene); err != nil {
		return code{}, err
	}
	return s.viewCode(s.Codes.Find(ctx, who.Account, in.Code))
}

type listDaysInput struct {
	OneCode
	Days int `query:"days" minimum:"1" maximum:"366" default:"30"`
}

func (s *surface) listDays(ctx context.Context, who account.Access, in *listDaysInput) (page[scanDay], error) {
	if _, err := s.Codes.Find(ctx, who.Account, in.Code); err != nil {
		return page[scanDay]{}, err
	}
	days, err := s.Codes.Days(ctx, who.Account, in.Code, in.Days)
	views := make([]scanDay, len(days))
	for i, day := range days {
		views[i] = scanDay{day.Date(), day.Scans, day.Visitors, day.Follows}
	}
	return all(views, err)
}

type drawCodeInput struct {
	OneCode
	Format string   `query:"format" enum:"png,svg" default:"png"`
	Size   int      `query:"size" minimum:"64" maximum:"2048" default:"480" doc:"Width of a PNG in pixels."`
	Level  qr.Level `query:"level" enum:"m,h" default:"m" doc:"How much may be lost to dirt: m 15 %, h 30 %."`
}

type drawn struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// drawCode is registered by itself: its answer is a picture.
func (s *surface) drawCode(r route) {
	op := s.operation(r)
	media := map[string]*huma.MediaType{}
	for _, kind := range []string{"image/png", "image/svg+xml"} {
		media[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	op.Responses["200"] = &huma.Response{Description: "The picture", Content: media}
	huma.Register(s.api, op, func(ctx context.Context, in *drawCodeInput) (*drawn, error) {
		found, err := s.Codes.Find(ctx, whoAsks(ctx).Account, in.Code)
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		answer := &drawn{ContentType: "image/png"}
		if in.Format == "svg" {
			answer.ContentType = "image/svg+xml"
			answer.Body, err = qr.SVG(s.Codes.URL(found.ID), in.Level)
		} else {
			answer.Body, err = qr.PNG(s.Codes.URL(found.ID), in.Level, in.Size)
		}
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		return answer, nil
	})
}
