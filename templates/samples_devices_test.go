package templates

import "time"

func (s sampler) devicePages() []Page {
	p := s.public
	return []Page{
		&Devices{Base: p("/devices/corner"), Nav: s.nav(), Path: "/devices/corner", WalletPath: "/wallet/corner", PINPath: "/wallet/corner/pin", Locked: true, HasPIN: true,
			Rows: []DeviceRow{
				{Mark: "a1", Name: "LINE · iPhone", Place: s.say("Seoul, South Korea", "首尔, 韩国", "서울, 대한민국"), Channels: []string{"line"}, First: ago(400 * time.Hour), Last: ago(time.Minute), Here: true},
				{Mark: "b2", Name: "Chrome · Windows", Place: s.say("Busan, South Korea", "釜山, 韩国", "부산, 대한민국"), Channels: []string{"line", "webchat"}, First: ago(30 * time.Hour), Last: ago(3 * time.Hour)},
				{Mark: "c3", Name: s.say("An unknown browser", "未知浏览器", "알 수 없는 브라우저"), Channels: []string{"webchat"}, First: ago(90 * time.Hour), Last: ago(80 * time.Hour)}}},
		&NotMe{Base: p("/not-me/1/s"), Path: "/not-me/1/s", Name: "Chrome · Windows", Place: s.say("Busan, South Korea", "釜山, 韩国", "부산, 대한민국"), At: ago(time.Minute)},
		&NotMe{Base: p("/not-me/1/s"), Path: "/not-me/1/s", Name: "Chrome · Windows", At: ago(time.Minute), Done: true, PINPath: "/wallet/corner/pin", ChatPath: "/chat/corner"},
	}
}
