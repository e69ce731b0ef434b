package device

import "strings"

// What browsers and systems call themselves, the more special first: nearly
// all of them also claim to be Safari.
var (
	browserMarks = [][2]string{{"MicroMessenger/", "WeChat"}, {"KAKAOTALK", "KakaoTalk"}, {" Line/", "LINE"}, {"Telegram", "Telegram"}, {"AlipayClient/", "Alipay"}, {"Edg", "Edge"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Whale/", "Whale"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systemMarks = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"Mac OS", "macOS"}, {"Linux", "Linux"}}
)

// NameOf says in brief what a User-Agent header stands for, such as "Chrome ·
// Android"; empty if nothing is recognised.
func NameOf(agent string) string {
	var parts []string
	for _, marks := range [][][2]string{browserMarks, systemMarks} {
		for _, mark := range marks {
			if strings.Contains(agent, mark[0]) {
				parts = append(parts, mark[1])
				break
			}
		}
	}
	return strings.Join(parts, " · ")
}
