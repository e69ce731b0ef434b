package kakao

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"plaza/fault"
	"plaza/message"
)

// ErrFile is something sent that can't be fetched from Kakao.
var ErrFile = fault.New(fault.NotFound, "kakao_file", "KakaoTalk no longer has this file.")

// Fetch opens what a person has sent, while Kakao keeps it. Only Kakao's own
// hosts are asked, whatever address a call has told.
func (c *Channel) Fetch(ctx context.Context, _ []byte, in message.Inbound) (message.File, error) {
	address, err := url.Parse(in.MediaURL)
	if err != nil || !c.stored(address) {
		return message.File{}, ErrFile
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return message.File{}, ErrFile.Because(err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return message.File{}, ErrUnreachable.Because(err)
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return message.File{}, ErrFile
	}
	return message.File{Content: response.Body, Name: path.Base(address.Path),
		Type: response.Header.Get("Content-Type"), Size: response.ContentLength}, nil
}

// stored says whether an address is on the hosts where Kakao keeps files.
func (c *Channel) stored(address *url.URL) bool {
	host := strings.ToLower(address.Hostname())
	if address.Scheme+"://"+address.Host == c.apiHost {
		return true
	}
	if address.Scheme != "https" && address.Scheme != "http" || address.User != nil || address.Port() != "" {
		return false
	}
	for _, domain := range []string{"kakaocdn.net", "kakao.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
