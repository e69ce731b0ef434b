package templates

import (
	"html/template"
	"time"
)

// keys are pictures that stand for those of a keypad.
func keys() []template.URL {
	// One grey pixel, as PNG.
	const grey = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGPYAQAA0gDR7mmz1QAAAABJRU5ErkJggg=="
	all := make([]template.URL, 10)
	for i := range all {
		all[i] = grey
	}
	return all
}

// pinPages are the pages of PINs.
func (s sampler) pinPages() []Page {
	p := s.public
	wrong := s.say("This is not your PIN. Tries left: 3.", "支付密码错误，还可尝试 3 次。", "비밀번호가 틀렸습니다. 남은 시도: 3회.")
	return []Page{
		&TypePIN{Base: p("/pay/1/pin"), Nav: s.nav(), Path: "/pay/1/pin", Fresh: "/pay/1/pin", BackPath: "/pay/1", What: s.say("To confirm this payment from your balance", "用于确认余额付款", "잔액 결제를 확인합니다"), Amount: cny(5980),
			Keypad: &Keypad{ID: "K", Stage: "own", Keys: keys(), Pressed: "31", Seconds: 60, Along: [][2]string{{"transfer", "k"}}}, Problem: wrong},
		&TypePIN{Base: p("/pay/1/pin"), Nav: s.nav(), Path: "/pay/1/pin", BackPath: "/pay/1", What: s.say("This needs a PIN, and you have none yet.", "此操作需要支付密码，您尚未设置。", "이 작업에는 결제 비밀번호가 필요하며 아직 설정하지 않으셨습니다."), SetPath: "/wallet/corner/pin/set"},
		&PINSettings{Base: p("/wallet/corner/pin"), Nav: s.nav(), Path: "/wallet/corner/pin", WalletPath: "/wallet/corner", Set: true, From: now.Add(20 * time.Hour), WaitMin: 5, Once: "50.00", Day: "200.00", MostOnce: cny(100000), MostDay: cny(500000)},
		&PINSettings{Base: p("/wallet/corner/pin"), Nav: s.nav(), Path: "/wallet/corner/pin", WalletPath: "/wallet/corner"},
		&Receipts{Base: p("/receipts/corner"), Nav: s.nav(), WalletPath: "/wallet/corner", Rows: []ReceiptRow{{URL: "#", Kind: "payment", About: "1123-7KQ2", Amount: cny(5980), At: ago(time.Hour)}, {URL: "#", Kind: "received", About: s.kim().Name, Amount: cny(2000), At: ago(30 * time.Hour)}}},
		&ReceiptPage{Base: p("/receipts/corner/R"), Nav: s.nav(), ListPath: "/receipts/corner", Number: "R-20261128-7KQ2M9XAPW", Kind: "refund", Amount: cny(5980), Method: "wallet", About: "1123-7KQ2", Note: s.say("a dent", "有瑕疵", "흠집"), Reference: "01JDXYZ0123456789ABCDEFGHJ01", At: ago(time.Hour)},
	}
}
