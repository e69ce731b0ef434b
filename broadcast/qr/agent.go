package qr

import "strings"

// platform is what a User-Agent tells of a phone.
type platform string

const (
	ios     platform = "ios"
	android platform = "android"
	other   platform = "other"
)

func platformOf(userAgent string) platform {
	switch {
	case strings.Contains(userAgent, "Android"), strings.Contains(userAgent, "HarmonyOS"):
		return android
	case strings.Contains(userAgent, "iPhone"), strings.Contains(userAgent, "iPad"), strings.Contains(userAgent, "iPod"):
		return ios
	}
	return other
}

// previewers are programs that open a link because somebody was shown it, or
// because they open every link: no person came. In lower case.
var previewers = []string{
	"bot/", "bot;", "bot)", "bot ", "bot-", "crawler", "spider", "slurp", "facebookexternalhit", "facebot",
	"whatsapp/", "kakaotalk-scrap", "skypeuripreview", "linkpreview", "preview/", "embedly", "iframely",
	"vkshare", "pinterest/0", "headless", "lighthouse", "curl/", "wget/", "python-", "go-http-client",
	"java/", "okhttp", "axios/", "node-fetch", "monitor", "uptime", "mediapartners",
}

// isPerson guesses from a User-Agent whether a person came.
func isPerson(userAgent string) bool {
	agent := strings.ToLower(userAgent)
	if strings.TrimSpace(agent) == "" {
		return false
	}
	agent = strings.ReplaceAll(agent, "cubot", "") // a maker of phones
	for _, name := range previewers {
		if strings.Contains(agent+" ", name) {
			return false
		}
	}
	return true
}
