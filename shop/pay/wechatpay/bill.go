package wechatpay

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/billfile"
)

const (
	maxBill     = 512 << 20 // bytes, compressed: some million lines
	maxBillText = 4 << 30   // bytes
	maxBillLine = 64 << 10  // bytes
	billTimeout = 10 * time.Minute
	// billsAt is when WeChat Pay has made a day's bill, after the day's end.
	billsAt = 10 * time.Hour
)

// Bills: WeChat Pay counts days in Beijing, begins with a day's bill at nine
// o'clock of the next one and asks not to fetch it before ten; it keeps them for
// three months (platform document: "申请交易账单").
func (p *Provider) Bills() pay.BillTimes {
	return pay.BillTimes{Zone: beijing, Out: "5 10 * * *", Kept: 88 * 24 * time.Hour}
}

// Bill reads what WeChat Pay has booked on a day in Beijing. Errors: pay.ErrNoBill
// before ten o'clock of the next day and as long as WeChat Pay is at it.
func (p *Provider) Bill(ctx context.Context, of pay.BillDay, each func(pay.BillLine) error) error {
	m, err := p.merchant(of.Contract)
	if err != nil {
		return err
	}
	day := of.From.In(beijing)
	query := url.Values{"bill_date": {day.Format(time.DateOnly)}, "bill_type": {"ALL"}, "tar_type": {"GZIP"}}
	var made struct {
		HashType  string `json:"hash_type"`
		HashValue string `json:"hash_value"`
		URL       string `json:"download_url"`
	}
	err = p.call(ctx, m, http.MethodGet, "/v3/bill/tradebill?"+query.Encode(), nil, &made)
	if no, ok := errors.AsType[*refusal](err); ok {
		ready := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, beijing).Add(billsAt)
		switch {
		case no.is("STATEMENTCREATING"), no.is("NOSTATEMENTEXIST") && p.now().Before(ready):
			return pay.ErrNoBill
		case no.is("NOSTATEMENTEXIST"): // a day without a sale has none
			return nil
		}
	}
	if err != nil {
		return err
	}
	if made.HashType != "SHA1" {
		return fmt.Errorf("wechatpay: a bill with a hash of type %q", made.HashType)
	}
	file, err := p.download(ctx, m, made.URL)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := verifyBill(file, made.HashValue); err != nil {
		return err
	}
	return unpackBill(file, func(text io.Reader) error { return readBill(text, each) })
}

// download gets a bill from the host that everything else comes from, whatever
// host its address names.
func (p *Provider) download(ctx context.Context, m *merchant, address string) (*os.File, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("wechatpay: a bill without an address")
	}
	ctx, cancel := context.WithTimeout(ctx, billTimeout)
	defer cancel()
	return billfile.Create(func(into io.Writer) error { return p.fetch(ctx, m, parsed.RequestURI(), into, maxBill) })
}

// verifyBill reads a bill to its end and compares its hash: the file itself is
// not signed; its hash was.
func verifyBill(file io.ReadSeeker, hash string) error {
	sum := sha1.New()
	err := unpackBill(file, func(text io.Reader) error {
		_, err := io.Copy(sum, text)
		return err
	})
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum.Sum(nil))), []byte(strings.ToLower(hash))) != 1 {
		return errors.New("wechatpay: a bill that is not the one that was announced")
	}
	return nil
}

func unpackBill(file io.ReadSeeker, read func(io.Reader) error) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	unpacked, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return fmt.Errorf("wechatpay: bill: %w", err)
	}
	if err := read(io.LimitReader(unpacked, maxBillText)); err != nil {
		return fmt.Errorf("wechatpay: bill: %w", err)
	}
	return nil
}

// readBill reads the file (platform document: "交易账单详细说明"): names of the
// columns, a line for each entry with a back-tick before every value, and then a
// summary. Which columns there are depends on the merchant's age.
func readBill(file io.Reader, each func(pay.BillLine) error) error {
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, maxBillLine)
	var columns map[string]int
	for summary := false; scanner.Scan(); {
		line := strings.TrimRight(strings.TrimPrefix(scanner.Text(), "\ufeff"), "\r")
		switch {
		case columns == nil:
			columns = map[string]int{}
			for at, name := range strings.Split(line, ",") {
				columns[strings.TrimSpace(name)] = at
			}
		case summary || line == "":
		case !strings.HasPrefix(line, "`"):
			summary = true
		default:
			entry, err := billRow{columns, strings.Split(line[1:], ",`")}.entry()
			if err == nil {
				err = each(entry)
			}
			if err != nil {
				return err
			}
		}
	}
	return scanner.Err()
}

// billRow is a line of a bill.
type billRow struct {
	columns map[string]int
	values  []string
}

// get gives the value of the first of these columns that there is.
func (r billRow) get(names ...string) string {
	for _, name := range names {
		if at, ok := r.columns[name]; ok && at < len(r.values) {
			return strings.TrimSpace(r.values[at])
		}
	}
	return ""
}

var errBillRow = errors.New("wechatpay: a line of a bill can't be read")

func (r billRow) entry() (pay.BillLine, error) {
	entry := pay.BillLine{TradeNo: r.get("商户订单号"), ProviderRef: r.get("微信订单号")}
	amount := r.get("订单金额", "应结订单金额", "总金额")
	switch r.get("交易状态") {
	case "SUCCESS":
	case "REVOKED":
		entry.RefundNo = pay.Reversal
	case "REFUND":
		entry.RefundNo, entry.ProviderRef = ownNumber(entry.TradeNo, r.get("商户退款单号")), r.get("微信退款单号")
		amount = r.get("申请退款金额", "退款金额")
	default:
		return entry, errBillRow
	}
	minor, ok := fen(amount)
	fee, feeOK := fen(r.get("手续费"))
	at, err := time.ParseInLocation(time.DateTime, r.get("交易时间"), beijing)
	currency := r.get("货币种类")
	if !ok || !feeOK || err != nil || minor < 0 || entry.TradeNo == "" || !money.Known(currency) {
		return entry, errBillRow
	}
	entry.Amount, entry.Fee, entry.At = money.Of(minor, currency), money.Of(fee, currency), at
	return entry, nil
}

// fen reads yuan with any number of decimals, rounding halves away from zero.
func fen(text string) (int64, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 12 || len(fraction) > 10 || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, false
	}
	fraction += "000"
	var value int64
	for _, digit := range whole + fraction[:2] {
		value = value*10 + int64(digit-'0')
	}
	if fraction[2] >= '5' {
		value++
	}
	if negative {
		value = -value
	}
	return value, true
}
