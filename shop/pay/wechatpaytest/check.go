package wechatpaytest

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"plaza/shop/pay/paytest/fields"
)

// decode reads a request's body by its description.
func decode(body []byte, described fields.Object) (map[string]any, *refusal) {
	asked, err := fields.Decode(body, described)
	if err == nil {
		return asked, nil
	}
	wrong := refuse(http.StatusBadRequest, "PARAM_ERROR", "%v", err)
	if at, ok := errors.AsType[*fields.Error](err); ok {
		wrong.field = at.Path
	}
	return nil, wrong
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

func (p *Platform) orderFields(product string) fields.Object {
	described := fields.Object{"appid": fields.Need(fields.Text(1, 32)), "mchid": fields.Need(fields.Text(1, 32)), "description": fields.Need(fields.Text(1, 127)),
		"out_trade_no": fields.Need(fields.Match(`[0-9A-Za-z_*-]{6,32}`)), "attach": fields.May(fields.Text(1, 128)), "goods_tag": fields.May(fields.Text(1, 32)),
		"amount": fields.Need(fields.Object{"total": fields.Need(fields.Whole(1, 1e15)), "currency": fields.May(fields.Match("CNY"))}.Check)}
	if product == "codepay" {
		described["payer"] = fields.Need(fields.Object{"auth_code": fields.Need(fields.Match(`1[0-5][0-9]{16}`))}.Check)
		described["scene_info"] = fields.Need(fields.Object{"device_id": fields.May(fields.Text(1, 32)), "device_ip": fields.May(address),
			"store_info": fields.Need(fields.Object{"id": fields.May(fields.Text(1, 32)), "out_id": fields.May(fields.Text(1, 32))}.Check)}.Check)
		return described
	}
	described["notify_url"] = fields.Need(p.callback)
	described["time_expire"] = fields.May(moment)
	described["scene_info"] = fields.May(fields.Object{"payer_client_ip": fields.Need(address), "device_id": fields.May(fields.Text(1, 32))}.Check)
	switch product {
	case "jsapi":
		described["payer"] = fields.Need(fields.Object{"openid": fields.Need(fields.Text(1, 128))}.Check)
	case "h5":
		described["scene_info"] = fields.Need(fields.Object{"payer_client_ip": fields.Need(address),
			"h5_info": fields.Need(fields.Object{"type": fields.Need(fields.Match("iOS|Android|Wap")), "app_name": fields.May(fields.Text(1, 64)), "app_url": fields.May(fields.Text(1, 128))}.Check)}.Check)
	}
	return described
}

func (p *Platform) refundFields() fields.Object {
	return fields.Object{"transaction_id": fields.May(fields.Text(1, 32)), "out_trade_no": fields.May(fields.Text(1, 32)), "out_refund_no": fields.Need(fields.Match(`[0-9A-Za-z_|*@-]{1,64}`)),
		"reason": fields.May(fields.Text(1, 80)), "notify_url": fields.May(p.callback), "funds_account": fields.May(fields.Match("AVAILABLE")),
		"amount": fields.Need(fields.Object{"refund": fields.Need(fields.Whole(1, 1e15)), "total": fields.Need(fields.Whole(1, 1e15)), "currency": fields.Need(fields.Match("CNY"))}.Check)}
}
