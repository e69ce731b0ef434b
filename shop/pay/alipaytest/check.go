package alipaytest

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/shop/pay/paytest/fields"
)

// price is yuan with two decimals, from 0.01 to 100,000,000.
func price(value any) error {
	if err := fields.Match(`(0|[1-9][0-9]{0,8})\.[0-9]{2}`)(value); err != nil {
		return err
	}
	if amount := fen(value.(string)); amount < 1 || amount > 100_000_000_00 {
		return fmt.Errorf("%v is out of bounds", value)
	}
	return nil
}

// fen reads what price has let through.
func fen(text string) (amount int64) {
	for _, digit := range strings.Replace(text, ".", "", 1) {
		amount = amount*10 + int64(digit-'0')
	}
	return amount
}

// subject has no characters that the platform does not take.
func subject(value any) error {
	s, _ := value.(string)
	if s == "" || utf8.RuneCountInString(s) > 256 || strings.ContainsAny(s, "/=&") {
		return fmt.Errorf("%q is no subject", s)
	}
	return nil
}

// expiry is a time to come, fifteen days from now at the latest.
func (p *Platform) expiry(value any) error {
	s, _ := value.(string)
	at, err := time.ParseInLocation(time.DateTime, s, beijing)
	if err != nil {
		return err
	}
	if now := p.Now(); !at.After(now.Add(-time.Second)) || at.After(now.AddDate(0, 0, 15)) {
		return fmt.Errorf("%s is not within fifteen days", s)
	}
	return nil
}

var (
	number  = fields.Match(`[0-9A-Za-z_]{1,64}`)
	trading = fields.Match(`[0-9]{16,64}`)
)

// described are the fields of a method's biz_content (platform documents of each);
// nil for a method that there is none of.
func (p *Platform) described(method string) fields.Object {
	payment := fields.Object{
		"out_trade_no": fields.Need(number),
		"total_amount": fields.Need(price),
		"subject":      fields.Need(subject),
		"body":         fields.May(fields.Text(1, 128)),
		"time_expire":  fields.May(p.expiry),
		"store_id":     fields.May(fields.Text(1, 32)),
		"operator_id":  fields.May(fields.Text(0, 28)), // an SDK sends empty ones
		"terminal_id":  fields.May(fields.Text(0, 32)),
	}
	named := fields.Object{"out_trade_no": fields.May(number), "trade_no": fields.May(trading)}
	switch method {
	case "alipay.trade.precreate":
		payment["product_code"] = fields.May(fields.Match("FACE_TO_FACE_PAYMENT|QR_CODE_OFFLINE"))
		payment["discountable_amount"] = fields.May(fields.Text(0, 11))
		return payment
	case "alipay.trade.pay":
		payment["scene"] = fields.Need(fields.Match("bar_code"))
		payment["auth_code"] = fields.Need(fields.Match(`(2[5-9]|30)[0-9]{14,22}`))
		payment["product_code"] = fields.May(fields.Match("FACE_TO_FACE_PAYMENT"))
		return payment
	case "alipay.trade.page.pay":
		payment["product_code"] = fields.Need(fields.Match("FAST_INSTANT_TRADE_PAY"))
		return payment
	case "alipay.trade.wap.pay":
		payment["product_code"] = fields.Need(fields.Match("QUICK_WAP_WAY"))
		payment["quit_url"] = fields.Need(fields.Text(1, 400))
		return payment
	case "alipay.trade.query", "alipay.trade.close", "alipay.trade.cancel":
		return named
	case "alipay.trade.refund":
		named["refund_amount"] = fields.Need(price)
		named["refund_reason"] = fields.May(fields.Text(0, 256))
		named["out_request_no"] = fields.Need(number)
		return named
	case "alipay.trade.fastpay.refund.query":
		named["out_request_no"] = fields.Need(number)
		return named
	case "alipay.data.dataservice.bill.downloadurl.query":
		return fields.Object{"bill_type": fields.Need(fields.Match("trade")), "bill_date": fields.Need(fields.Match(`[0-9]{4}-[0-9]{2}-[0-9]{2}`))}
	case "alipay.open.app.alipaycert.download":
		return fields.Object{"alipay_cert_sn": fields.Need(fields.Match(`[0-9a-f]{32}`))}
	}
	return nil
}
