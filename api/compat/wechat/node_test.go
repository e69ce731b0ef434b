package wechat_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const nodeFolder = "testdata/node"

// modules installs what the Node program needs, exactly as locked. Without Node
// the test is skipped on a developer's machine, and fails where CI is set.
var modules = sync.OnceValue(func() error {
	installed := filepath.Join(nodeFolder, "node_modules", ".package-lock.json")
	locked, err := os.Stat(filepath.Join(nodeFolder, "package-lock.json"))
	if err != nil {
		return err
	}
	if made, err := os.Stat(installed); err == nil && !made.ModTime().Before(locked.ModTime()) {
		return nil
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	install.Dir = nodeFolder
	if said, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, said)
	}
	return nil
})

// nodeProgram is a bot written with wechat, co-wechat-api and co-wechat-oauth.
type nodeProgram struct {
	t       *testing.T
	address string
}

func startNode(t *testing.T, s *stage) program {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skipf("%s is not installed; CI has it", tool)
		}
	}
	s.Must(modules())
	settings, err := json.Marshal(map[string]string{"host": s.host, "appid": s.app.AppID, "secret": s.secret,
		"token": testToken, "encodingAESKey": testKey})
	s.Must(err)
	command := exec.Command("node", "--no-deprecation", "program.js", string(settings))
	command.Dir, command.Stderr = nodeFolder, os.Stderr
	input, err := command.StdinPipe() // it ends when this does
	s.Must(err)
	output, err := command.StdoutPipe()
	s.Must(err)
	s.Must(command.Start())
	t.Cleanup(func() {
		_ = input.Close()
		_ = command.Wait()
	})
	port, err := bufio.NewReader(output).ReadString('\n')
	s.Must(err)
	return &nodeProgram{t, "http://127.0.0.1:" + strings.TrimSpace(port)}
}

func (p *nodeProgram) callback() string { return p.address + "/callback?of=ours" }

// call lets the program call a method of its SDK.
func (p *nodeProgram) call(into any, method string, args ...any) error {
	body, err := json.Marshal(map[string]any{"method": method, "args": append([]any{}, args...)})
	if err != nil {
		return err
	}
	answer, err := http.Post(p.address+"/call", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var outcome struct {
		Result json.RawMessage `json:"result"`
		Error  string          `json:"error"`
	}
	switch err := json.Unmarshal(read, &outcome); {
	case err != nil:
		return err
	case outcome.Error != "":
		return fmt.Errorf("%s: %s", method, outcome.Error)
	case into == nil:
		return nil
	}
	return json.Unmarshal(outcome.Result, into)
}

func (p *nodeProgram) heard(event, field string) []string {
	var all []map[string]any
	if err := p.call(&all, "heard"); err != nil {
		p.t.Fatal(err)
	}
	var found []string
	for _, m := range all {
		if m["Event"] == event {
			value, _ := m[field].(string)
			found = append(found, value)
		}
	}
	return found
}

type object = map[string]any

func (p *nodeProgram) menu(click, link string) error {
	return p.call(nil, "createMenu", object{"button": []object{{"type": "click", "name": "Prices", "key": click},
		{"name": "More", "sub_button": []object{{"type": "view", "name": "Everything", "url": link}}}}})
}

func (p *nodeProgram) scene(name string) (string, string, error) {
	var made struct{ Ticket, URL string }
	err := p.call(&made, "createTmpQRCode", name, 3600)
	return made.Ticket, made.URL, err
}

func (p *nodeProgram) showCode(ticket string) string {
	var address string
	if err := p.call(&address, "showQRCodeURL", ticket); err != nil {
		p.t.Fatal(err)
	}
	return address
}

func (p *nodeProgram) mass(args ...any) (string, error) {
	var sent struct {
		ID json.Number `json:"msg_id"`
	}
	err := p.call(&sent, "massSendText", args...)
	return sent.ID.String(), err
}

func (p *nodeProgram) massTo(people []string, text string) (string, error) {
	return p.mass(text, people, "key-"+text)
}

func (p *nodeProgram) massToAll(text string) (string, error) { return p.mass(text, true) }

func (p *nodeProgram) massStatus(id string) (string, error) {
	var found struct {
		Status string `json:"msg_status"`
	}
	err := p.call(&found, "getMassMessageStatus", id)
	return found.Status, err
}

func (p *nodeProgram) addTemplate(short string) (string, error) {
	var made struct {
		ID string `json:"template_id"`
	}
	err := p.call(&made, "addTemplate", short)
	return made.ID, err
}

func (p *nodeProgram) sendTemplate(to, template string, data map[string]string) error {
	items := object{}
	for name, value := range data {
		items[name] = object{"value": value, "color": "#173177"}
	}
	return p.call(nil, "sendTemplate", to, template, "https://shop.example/order", "#FF0000", items)
}

func (p *nodeProgram) uploadImage(content []byte) (string, error) {
	var made struct {
		ID string `json:"media_id"`
	}
	err := p.call(&made, "upload", "uploadMedia", "bread.png", base64.StdEncoding.EncodeToString(content), "image")
	return made.ID, err
}

func (p *nodeProgram) download(id string) ([]byte, error) {
	var got struct{ Base64 []byte }
	err := p.call(&got, "getMedia", id)
	return got.Base64, err
}

func (p *nodeProgram) sendImage(to, id string) error { return p.call(nil, "sendImage", to, id) }

func (p *nodeProgram) addArticle(cover, title, body string) (string, error) {
	var made struct {
		ID string `json:"media_id"`
	}
	err := p.call(&made, "uploadNews", object{"articles": []object{{"thumb_media_id": cover, "title": title, "content": body, "show_cover_pic": "1"}}})
	return made.ID, err
}

func (p *nodeProgram) sendArticle(to, id string) error { return p.call(nil, "sendMpNews", to, id) }

func (p *nodeProgram) massArticle(people []string, id string) error {
	return p.call(nil, "massSendNews", id, people, "key-article")
}

func (p *nodeProgram) followers() ([]string, error) {
	var list struct {
		Data struct {
			OpenID []string `json:"openid"`
		}
	}
	err := p.call(&list, "getFollowers")
	return list.Data.OpenID, err
}

func (p *nodeProgram) remark(openID, text string) error {
	return p.call(nil, "updateRemark", openID, text)
}

func (p *nodeProgram) remarkOf(openID string) (string, error) {
	var found struct{ Remark string }
	err := p.call(&found, "getUser", openID)
	return found.Remark, err
}

func (p *nodeProgram) tag(name, openID string) (int, error) {
	var made struct {
		Tag struct{ ID int64 }
	}
	if err := p.call(&made, "createTags", name); err != nil {
		return 0, err
	}
	if err := p.call(nil, "batchTagging", []string{openID}, made.Tag.ID); err != nil {
		return 0, err
	}
	var list struct{ Count int }
	err := p.call(&list, "getUsersFromTag", made.Tag.ID)
	return list.Count, err
}

func (p *nodeProgram) nameByCode(code string) (string, string, error) {
	var info struct{ OpenID, Nickname string }
	err := p.call(&info, "oauth.getUserByCode", code)
	return info.OpenID, info.Nickname, err
}
