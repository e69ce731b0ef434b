package alipay

import (
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/billfile"
)

const (
	maxBill     = 512 << 20 // bytes, compressed: some million lines
	maxBillText = 4 << 30   // bytes
	maxBillLine = 64 << 10  // bytes
	billTimeout = 10 * time.Minute
	// billsAt is when Alipay has made a day's bill, after the day's end.
	billsAt = 10 * time.Hour
)

// Bills: Alipay counts days in Beijing and makes a day's bill by nine o'clock of
// the next one; it keeps those since 2016 (platform document: "查询对账单下载地址").
func (p *Provider) Bills() pay.BillTimes {
	return pay.BillTimes{Zone: beijing, Out: "5 10 * * *", Kept: 5 * 365 * 24 * time.Hour}
}

// Bill reads what Alipay has booked on a day in Beijing. Errors: pay.ErrNoBill
// before ten o'clock of the next day.
func (p *Provider) Bill(ctx context.Context, of pay.BillDay, each func(pay.BillLine) error) error {
	m, err := p.merchant(of.Contract)
	if err != nil {
		return err
	}
	day := of.From.In(beijing)
	ready := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, beijing).Add(billsAt)
	if p.now().Before(ready) {
		return pay.ErrNoBill
	}
	var made struct {
		URL string `json:"bill_download_url"`
	}
	err = p.call(ctx, m, methodBill, map[string]string{"bill_type": "trade", "bill_date": day.Format(time.DateOnly)}, &made)
	if no, ok := errors.AsType[*refusal](err); ok && no.is("isp.bill_not_exist", "BILL_NOT_EXIST") {
		return nil // a day without a sale has none
	}
	if err != nil {
		return err
	}
	file, err := p.download(ctx, made.URL)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	// Once to its end, which proves it whole: the archive has sums.
	if err := unpackBill(file, func(pay.BillLine) error { return nil }); err != nil {
		return err
	}
	return unpackBill(file, each)
}

var errBillHost = errors.New("alipay: a bill that lies on another host than Alipay's")

// billHosts are where bills lie: the address has been signed by Alipay, and yet
// members, whose contracts say who Alipay is, must not choose whom we talk to.
var billHosts = [...]string{".alipay.com", ".alipaydev.com", ".alipayobjects.com"}

// download gets a bill, within the thirty seconds for which its address works.
func (p *Provider) download(ctx context.Context, address string) (*os.File, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User != nil {
		return nil, errBillHost
	}
	known := parsed.Host == p.host
	for _, host := range billHosts {
		known = known || parsed.Port() == "" && strings.HasSuffix(parsed.Hostname(), host)
	}
	if !known || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return nil, errBillHost
	}
	ctx, cancel := context.WithTimeout(ctx, billTimeout)
	defer cancel()
	return billfile.Create(func(into io.Writer) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err == nil {
			err = p.fetch(request, into, maxBill)
		}
		if failed, ok := errors.AsType[*url.Error](err); ok { // it quotes the address, which is a key to the bill
			err = failed.Err
		}
		if err != nil {
			return fmt.Errorf("alipay: bill: %w", err)
		}
		return nil
	})
}

var errBill = errors.New("alipay: a bill that can't be read")

// unpackBill finds the file with the details in the archive; the other one sums
// them up. Their names are not to be relied on: GBK, and different by product.
func unpackBill(file *os.File, each func(pay.BillLine) error) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return fmt.Errorf("alipay: bill: %w", err)
	}
	found := false
	for _, part := range archive.File {
		opened, err := part.Open()
		if err != nil {
			return fmt.Errorf("alipay: bill: %w", err)
		}
		details, err := readBill(io.LimitReader(opened, maxBillText), each)
		_ = opened.Close()
		if err != nil {
			return fmt.Errorf("alipay: bill: %w", err)
		}
		found = found || details
	}
	if !found {
		return errBill
	}
	return nil
}

// readBill reads a file of a bill to its end (platform document: "业务明细账单"): lines
// with # around it, names of the columns, a line for each entry. It says whether
// these are the details. Errors: errBill for one that breaks off.
func readBill(file io.Reader, each func(pay.BillLine) error) (details bool, err error) {
	scanner := bufio.NewScanner(simplifiedchinese.GBK.NewDecoder().Reader(file))
	scanner.Buffer(nil, maxBillLine)
	var columns map[string]int
	ended := false
	for scanner.Scan() {
		line := strings.TrimRight(scanner.Text(), "\r")
		switch {
		case strings.HasPrefix(line, "#"):
			ended = ended || strings.Contains(line, "业务明细列表结束")
		case line == "" || ended:
		case columns == nil:
			columns = billColumns(line)
			details = columns["支付宝交易号"] > 0 && columns["退款批次号/请求号"] > 0
		case details:
			entry, err := billRow{columns, strings.Split(line, ",")}.entry()
			if err == nil {
				err = each(entry)
			}
			if err != nil {
				return details, err
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return details, err
	}
	if details && !ended {
		return details, errBill
	}
	return details, nil
}

// billColumns numbers the columns from one, by their names without units.
func billColumns(line string) map[string]int {
	columns := map[string]int{}
	for at, name := range strings.Split(line, ",") {
		name, _, _ = strings.Cut(strings.TrimSpace(name), "（")
		columns[name] = at + 1
	}
	return columns
}

// billRow is a line of a bill.
type billRow struct {
	columns map[string]int
	values  []string
}

// get gives the value of a column; those that look like numbers end in a tab.
func (r billRow) get(name string) string {
	if at := r.columns[name]; at > 0 && at <= len(r.values) {
		return strings.TrimSpace(r.values[at-1])
	}
	return ""
}

// entry is a line as reconciliation reads it. A payment's amount is above and its
// fee below zero, a refund's the other way round.
func (r billRow) entry() (pay.BillLine, error) {
	// A name of goods may hold commas, and nothing is quoted.
	if more := len(r.values) - len(r.columns); more > 0 {
		at := r.columns["商品名称"]
		if at == 0 {
			return pay.BillLine{}, errBill
		}
		r.values = append(r.values[:at:at], r.values[at+more:]...)
	}
	entry := pay.BillLine{TradeNo: r.get("商户订单号"), ProviderRef: r.get("支付宝交易号")}
	amount, amountErr := signedYuan(r.get("订单金额"))
	fee, feeErr := signedYuan(cmp.Or(r.get("服务费"), "0.00"))
	at, timeErr := time.ParseInLocation(time.DateTime, r.get("完成时间"), beijing)
	if amountErr != nil || feeErr != nil || timeErr != nil || entry.TradeNo == "" {
		return entry, errBill
	}
	switch r.get("业务类型") {
	case "交易":
	case "退款":
		// What Alipay gave back by itself, on cancelling, has no number of ours.
		entry.RefundNo = cmp.Or(r.get("退款批次号/请求号"), pay.Reversal)
		amount = amount.Negative()
	default:
		return entry, errBill
	}
	if amount.Minor < 0 {
		return entry, errBill
	}
	entry.Amount, entry.Fee, entry.At = amount, fee.Negative(), at
	return entry, nil
}

// signedYuan reads an amount that may be below zero.
func signedYuan(text string) (money.Amount, error) {
	digits, negative := strings.CutPrefix(text, "-")
	amount, ok := yuan(digits)
	if !ok {
		return amount, errBill
	}
	if negative {
		amount = amount.Negative()
	}
	return amount, nil
}
