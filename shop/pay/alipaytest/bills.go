package alipaytest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// billRow is something that was booked.
type billRow struct {
	o      *order
	r      *refund
	at     time.Time
	amount int64
}

type billFile struct {
	content []byte
	until   time.Time
}

const (
	billPath  = "/downloadBillFile.resource"
	fileLives = 30 * time.Second
	billsFrom = 33 * time.Hour // after a day's beginning: nine o'clock of the next
)

// makeBill makes a day's bill (查询对账单下载地址): of days on which something was
// booked, from the next morning on.
func (p *Platform) makeBill(c call) (map[string]any, *refusal) {
	day, err := time.ParseInLocation(time.DateOnly, c.text("bill_date"), beijing)
	if err != nil || !p.Now().After(day.AddDate(0, 0, 1)) {
		return nil, malformed("isv.invalid-arguments", "bill_date")
	}
	packed := c.merchant.bill(day, p.Now())
	if packed == nil || p.Now().Before(day.Add(billsFrom)) {
		return nil, business("isp.bill_not_exist")
	}
	p.serial++
	token := fmt.Sprintf("%032x", p.serial)
	p.files[token] = billFile{packed, p.Now().Add(fileLives)}
	base := p.Base
	if base == "" {
		base = "http://dwbillcenter.alipay.com"
	}
	query := url.Values{"bizType": {"trade"}, "userId": {c.merchant.SellerID + "0156"}, "fileType": {"csv.zip"}, "bizDates": {day.Format("20060102")}, "fileId": {token}}
	return map[string]any{"bill_download_url": base + billPath + "?" + query.Encode()}, nil
}

func (p *Platform) giveBill(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	found, ok := p.files[r.URL.Query().Get("fileId")]
	late := p.Now().After(found.until)
	if p.spoil != nil {
		found.content = p.spoil(bytes.Clone(found.content))
	}
	p.mu.Unlock()
	if !ok || late {
		http.Error(w, "<html>下载链接已失效</html>", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	_, _ = w.Write(found.content)
}

// SpoilBill changes the files of bills on their way; nil: not any more.
func (p *Platform) SpoilBill(spoil func([]byte) []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = spoil
}

// The columns of a bill of the sort trade, and of its summary.
const (
	billHead    = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
	summaryHead = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)

// bill writes what was booked on a day as the platform packs it: two files of
// GBK; nil if nothing was.
func (m *Merchant) bill(day, now time.Time) []byte {
	var lines []string
	sales, refunds, net := 0, 0, int64(0)
	for _, row := range m.rows {
		if row.at.In(beijing).Format(time.DateOnly) != day.Format(time.DateOnly) {
			continue
		}
		kind, amount, fee, request := "交易", row.amount, -(row.amount*6+500)/1000, "" // 0.60 %
		if row.r != nil {
			kind, amount, fee, request = "退款", -row.amount, -fee, row.r.number+"\t"
			refunds++
		} else {
			sales++
		}
		net += amount + fee
		lines = append(lines, strings.Join([]string{row.o.id + "\t", row.o.tradeNo + "\t", kind, strings.ReplaceAll(row.o.subject, ",", "，"), clock(row.o.made), clock(row.at),
			"", "", "", "", "张*(159****5620)", yuan(amount), yuan(amount), "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", request, yuan(fee), "0.00", ""}, ","))
	}
	if len(lines) == 0 {
		return nil
	}
	head := fmt.Sprintf("#账号：[%s0156]\r\n#起始日期：[%s]   终止日期：[%s]\r\n", m.SellerID, day.Format("2006年01月02日 15:04:05"), day.AddDate(0, 0, 1).Format("2006年01月02日 15:04:05"))
	details := "#支付宝业务明细查询\r\n" + head + "#-----------------------------------------业务明细列表----------------------------------------\r\n" + billHead + "\r\n" +
		strings.Join(lines, "\r\n") + "\r\n#-----------------------------------------业务明细列表结束------------------------------------\r\n" +
		fmt.Sprintf("#交易合计：%d笔\r\n#退款合计：%d笔\r\n#导出时间：[%s]\r\n", sales, refunds, now.In(beijing).Format("2006年01月02日 15:04:05"))
	summary := "#支付宝业务汇总查询\r\n" + head + "#-----------------------------------------业务汇总列表----------------------------------------\r\n" + summaryHead + "\r\n" +
		fmt.Sprintf("合计,,%d,%d,,,,,,,,%s\r\n", sales, refunds, yuan(net)) + "#----------------------------------------业务汇总列表结束-------------------------------------\r\n"
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	name := m.SellerID + "0156_" + day.Format("20060102") + "_"
	for _, file := range [...][2]string{{name + "业务明细(汇总).csv", summary}, {name + "业务明细.csv", details}} {
		header := &zip.FileHeader{Name: gbk(file[0]), NonUTF8: true, Method: zip.Deflate}
		_ = must(must(archive.CreateHeader(header)).Write([]byte(gbk(file[1]))))
	}
	if err := archive.Close(); err != nil {
		panic(err)
	}
	return packed.Bytes()
}

func gbk(text string) string { return must(simplifiedchinese.GBK.NewEncoder().String(text)) }
