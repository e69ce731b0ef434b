package wechatpaytest

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// billRow is something that was booked.
type billRow struct {
	o      *order
	r      *refund
	state  string
	at     time.Time
	amount int64
}

type billFile struct {
	content []byte
	until   time.Time
}

const fileLives = 5 * time.Minute

// makeBill makes a day's bill (申请交易账单): from nine o'clock of the next day on,
// for three months, on days on which something was booked.
func (p *Platform) makeBill(c call) (answer, *refusal) {
	query := c.URL.Query()
	day, err := time.ParseInLocation(time.DateOnly, query.Get("bill_date"), beijing)
	if err != nil || query.Get("bill_type") != "ALL" || query.Get("tar_type") != "GZIP" {
		return answer{}, refuse(http.StatusBadRequest, "PARAM_ERROR", "bill_date, bill_type or tar_type")
	}
	now := p.Now()
	none := refuse(http.StatusBadRequest, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
	switch {
	case now.Before(day.Add(33 * time.Hour)):
		return answer{}, none
	case now.Before(day.Add(34 * time.Hour)):
		return answer{}, refuse(http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中")
	case now.After(day.AddDate(0, 3, 0)):
		return answer{}, refuse(http.StatusBadRequest, "INVALID_REQUEST", "账单日期超出三个月")
	}
	text := c.merchant.bill(day)
	if text == "" {
		return answer{}, none
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write([]byte(text))
	_ = writer.Close()
	sum, token := sha1.Sum([]byte(text)), rand.Text()
	p.files[token] = billFile{packed.Bytes(), now.Add(fileLives)}
	return answer{value: map[string]any{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]),
		"download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=" + token + "&tartype=gzip"}}, nil
}

func (p *Platform) giveBill(c call) (answer, *refusal) {
	found, ok := p.files[c.URL.Query().Get("token")]
	if !ok || p.Now().After(found.until) {
		return answer{}, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "账单文件不存在")
	}
	return answer{file: found.content}, nil
}

// billHead are the columns of a bill of the sort ALL, and of its summary
// (platform document: "交易账单详细说明").
const (
	billHead    = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	summaryHead = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)

// bill writes what was booked on a day; empty if nothing was.
func (m *Merchant) bill(day time.Time) string {
	var lines []string
	var taken, given, fees int64
	for _, row := range m.rows {
		if row.at.In(beijing).Format(time.DateOnly) != day.Format(time.DateOnly) {
			continue
		}
		fee := (row.amount*6 + 500) / 1000 // 0.60 %
		sum, back, refundID, refundNo, kind, status := yuan(row.amount), "0.00", "0", "0", "", ""
		if row.state == "SUCCESS" {
			taken += row.amount
		} else {
			fee, sum, back, kind, status = -fee, "0.00", yuan(row.amount), "ORIGINAL", "SUCCESS"
			given += row.amount
		}
		total := sum
		if row.state == "REVOKED" {
			total = back
		}
		if row.r != nil {
			refundID, refundNo, status = row.r.id, row.r.number, row.r.status
		}
		fees += fee
		lines = append(lines, "`"+strings.Join([]string{row.at.In(beijing).Format(time.DateTime), m.AppID, m.ID, "0", "", row.o.id, row.o.tradeNo,
			row.o.openID, tradeTypes[row.o.product], row.state, "OTHERS", "CNY", sum, "0.00", refundID, refundNo, back, "0.00", kind, status,
			row.o.description, "", yuan(fee) + "000", "0.60%", total, back, ""}, ",`"))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\ufeff" + billHead + "\r\n" + strings.Join(lines, "\r\n") + "\r\n" + summaryHead + "\r\n" +
		fmt.Sprintf("`%d,`%s,`%s,`0.00,`%s000,`%s,`%s\r\n", len(lines), yuan(taken), yuan(given), yuan(fees), yuan(taken), yuan(given))
}

func yuan(fen int64) string {
	if fen < 0 {
		return "-" + yuan(-fen)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}
