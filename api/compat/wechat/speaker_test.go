package wechat_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// signed is what a page hands to the JS-SDK.
type signed struct {
	AppID, Nonce, Signature string
	Timestamp               json.Number
}

func (p *goProgram) addSpeaker(name, nick string) error {
	return p.account.GetCustomerServiceManager().Add(name, nick)
}

func (p *goProgram) renameSpeaker(name, nick string) error {
	return p.account.GetCustomerServiceManager().Update(name, nick)
}

func (p *goProgram) deleteSpeaker(name string) error {
	return p.account.GetCustomerServiceManager().Delete(name)
}

func (p *goProgram) speakers() ([]string, error) {
	list, err := p.account.GetCustomerServiceManager().List()
	var found []string
	for _, one := range list {
		found = append(found, one.KfAccount+" "+one.KfNick)
	}
	return found, err
}

func (p *goProgram) sign(page string) (signed, error) {
	made, err := p.account.GetJs().GetConfig(page)
	if err != nil {
		return signed{}, err
	}
	return signed{made.AppID, made.NonceStr, made.Signature, json.Number(fmt.Sprint(made.Timestamp))}, nil
}

func (p *nodeProgram) addSpeaker(name, nick string) error {
	return p.call(nil, "addKfAccount", name, nick)
}

func (p *nodeProgram) renameSpeaker(name, nick string) error {
	return p.call(nil, "updateKfAccount", name, nick)
}

func (p *nodeProgram) deleteSpeaker(name string) error { return p.call(nil, "deleteKfAccount", name) }

func (p *nodeProgram) speakers() ([]string, error) {
	var list struct {
		List []struct {
			Name string `json:"kf_account"`
			Nick string `json:"kf_nick"`
		} `json:"kf_list"`
	}
	err := p.call(&list, "getCustomServiceList")
	var found []string
	for _, one := range list.List {
		found = append(found, one.Name+" "+one.Nick)
	}
	return found, err
}

func (p *nodeProgram) sign(page string) (signed, error) {
	var made struct {
		AppID     string      `json:"appId"`
		Nonce     string      `json:"nonceStr"`
		Signature string      `json:"signature"`
		Timestamp json.Number `json:"timestamp"`
	}
	err := p.call(&made, "getJsConfig", object{"url": page, "jsApiList": []string{"scanQRCode"}})
	return signed{made.AppID, made.Nonce, made.Signature, made.Timestamp}, err
}

// playSpeakers lets the program speak in somebody's name.
func (s *stage) playSpeakers(p program, ann *visitor) {
	s.t.Helper()
	s.Must(p.addSpeaker("mei@corner", "Mei"))
	s.Must(p.addSpeaker("tom@corner", "Tom"))
	if err := p.addSpeaker("mei@corner", "Another Mei"); err == nil {
		s.t.Error("one name twice")
	}
	s.Must(p.renameSpeaker("mei@corner", "小美"))
	s.Must(p.deleteSpeaker("tom@corner"))
	if found, err := p.speakers(); err != nil || !slices.Equal(found, []string{"mei@corner 小美"}) {
		s.t.Errorf("%q, %v", found, err)
	}
	send := func(name string) int {
		return s.post("/cgi-bin/message/custom/send", object{"touser": ann.openID(), "msgtype": "text", "text": object{"content": "from " + name},
			"customservice": object{"kf_account": name}})
	}
	if code := send("tom@corner"); code != 65401 {
		s.t.Errorf("in the name of nobody: %d", code)
	}
	if code := send("mei@corner"); code != 0 {
		s.t.Errorf("refused: %d", code)
	}
	if said := ann.next(); said.Text != "from mei@corner" || said.Speaker != "小美" {
		s.t.Errorf("%+v", said)
	}
}

// post makes a call that the SDKs have no method for.
func (s *stage) post(path string, body any) (code int) {
	s.t.Helper()
	token, err := s.Developer.StableToken(s.t.Context(), s.app.AppID, s.secret, false)
	s.Must(err)
	encoded, err := json.Marshal(body)
	s.Must(err)
	answer, err := http.Post(s.host+path+"?access_token="+token.Token, "application/json", bytes.NewReader(encoded))
	s.Must(err)
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	s.Must(err)
	var outcome struct {
		Code int `json:"errcode"`
	}
	s.Must(json.Unmarshal(read, &outcome))
	return outcome.Code
}

// playTicket signs a page as WeChat's document says (JS-SDK, appendix 1).
func (s *stage) playTicket(p program) {
	s.t.Helper()
	const page = "https://shop.example/page?x=1"
	made, err := p.sign(page)
	s.Must(err)
	ticket, err := s.Developer.Ticket(s.t.Context(), s.account.ID)
	s.Must(err)
	digest := sha1.Sum([]byte("jsapi_ticket=" + ticket.Token + "&noncestr=" + made.Nonce + "&timestamp=" + made.Timestamp.String() + "&url=" + page))
	if made.AppID != s.app.AppID || made.Signature != hex.EncodeToString(digest[:]) {
		s.t.Errorf("%+v is not signed by %s", made, ticket.Token)
	}
}
