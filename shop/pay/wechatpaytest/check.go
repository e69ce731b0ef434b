package wechatpaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"time"
)

// object are the fields that a JSON object may have; any other is refused, and
// so is null.
type object map[string]field

type field struct {
	needed bool
	check  func(any) error
}

func need(check func(any) error) field { return field{true, check} }
func may(check func(any) error) field  { return field{false, check} }

// decode reads a request's body by its description.
func decode(body []byte, described object) (map[string]any, *refusal) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "%v", err)
	}
	if decoder.More() {
		return nil, refuse(http.StatusBadRequest, "PARAM_ERROR", "more than one value")
	}
	if err := described.check(value); err != nil {
		wrong := refuse(http.StatusBadRequest, "PARAM_ERROR", "%v", err)
		if at, ok := err.(*fieldError); ok {
			wrong.field = at.path
		}
		return nil, wrong
	}
	return value.(map[string]any), nil
}

type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }

func (o object) check(value any) error {
	fields, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("no object")
	}
	for name, described := range o {
		if _, there := fields[name]; described.needed && !there {
			return &fieldError{"/" + name, fmt.Errorf("must be specified")}
		}
	}
	for name, value := range fields {
		described, known := o[name]
		if !known {
			return &fieldError{"/" + name, fmt.Errorf("unknown")}
		}
		if err := described.check(value); err != nil {
			if inner, ok := err.(*fieldError); ok {
				return &fieldError{"/" + name + inner.path, inner.err}
			}
			return &fieldError{"/" + name, err}
		}
	}
	return nil
}

// text has from low to high bytes: where documents say characters this is the
// stricter reading.
func text(low, high int) func(any) error {
	return func(value any) error {
		s, ok := value.(string)
		if !ok || len(s) < low || len(s) > high {
			return fmt.Errorf("a text of %d bytes; %d to %d", len(s), low, high)
		}
		return nil
	}
}

func match(pattern string) func(any) error {
	compiled := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(value any) error {
		if s, ok := value.(string); !ok || !compiled.MatchString(s) {
			return fmt.Errorf("does not match %s", pattern)
		}
		return nil
	}
}

// whole is an integer within bounds, written as one.
func whole(low, high int64) func(any) error {
	return func(value any) error {
		number, ok := value.(json.Number)
		if !ok {
			return fmt.Errorf("no number")
		}
		n, err := number.Int64()
		if err != nil || n < low || n > high {
			return fmt.Errorf("%s is not within %d and %d", number, low, high)
		}
		return nil
	}
}

func address(value any) error {
	s, _ := value.(string)
	parsed, err := netip.ParseAddr(s)
	if err != nil || len(s) > 45 || parsed.IsLoopback() {
		return fmt.Errorf("%q is no address of a payer", s)
	}
	return nil
}

func moment(value any) error {
	s, _ := value.(string)
	_, err := time.Parse(time.RFC3339, s)
	return err
}

// callback is an address without query that the platform posts to.
func (p *Platform) callback(value any) error {
	s, _ := value.(string)
	parsed, err := url.Parse(s)
	if err != nil || len(s) > 255 || parsed.Host == "" || parsed.RawQuery != "" || parsed.Fragment != "" ||
		parsed.Scheme != "https" && !p.AnyAddress {
		return fmt.Errorf("%q is no https address without query", s)
	}
	return nil
}

// The fields of the calls (platform documents: "JSAPI下单", "Native下单", "H5下单",
// "付款码支付", "退款申请").

func (p *Platform) orderFields(product string) object {
	described := object{"appid": need(text(1, 32)), "mchid": need(text(1, 32)), "description": need(text(1, 127)),
		"out_trade_no": need(match(`[0-9A-Za-z_*-]{6,32}`)), "attach": may(text(1, 128)), "goods_tag": may(text(1, 32)),
		"amount": need(object{"total": need(whole(1, 1e15)), "currency": may(match("CNY"))}.check)}
	if product == "codepay" {
		described["payer"] = need(object{"auth_code": need(match(`1[0-5][0-9]{16}`))}.check)
		described["scene_info"] = need(object{"device_id": may(text(1, 32)), "device_ip": may(address),
			"store_info": need(object{"id": may(text(1, 32)), "out_id": may(text(1, 32))}.check)}.check)
		return described
	}
	described["notify_url"] = need(p.callback)
	described["time_expire"] = may(moment)
	described["scene_info"] = may(object{"payer_client_ip": need(address), "device_id": may(text(1, 32))}.check)
	switch product {
	case "jsapi":
		described["payer"] = need(object{"openid": need(text(1, 128))}.check)
	case "h5":
		described["scene_info"] = need(object{"payer_client_ip": need(address),
			"h5_info": need(object{"type": need(match("iOS|Android|Wap")), "app_name": may(text(1, 64)), "app_url": may(text(1, 128))}.check)}.check)
	}
	return described
}

func (p *Platform) refundFields() object {
	return object{"transaction_id": may(text(1, 32)), "out_trade_no": may(text(1, 32)), "out_refund_no": need(match(`[0-9A-Za-z_|*@-]{1,64}`)),
		"reason": may(text(1, 80)), "notify_url": may(p.callback), "funds_account": may(match("AVAILABLE")),
		"amount": need(object{"refund": need(whole(1, 1e15)), "total": need(whole(1, 1e15)), "currency": need(match("CNY"))}.check)}
}
