package templates

// app is the chat of the sample account as an app.
func (s sampler) app() *ChatApp {
	return &ChatApp{Scope: "/chat/corner/", Manifest: "/chat/corner/manifest.webmanifest?language=" + s.language, Worker: "/chat/corner/worker.js",
		TouchIcon: "/chat/corner/icon/180-maskable.png", Colour: AccentOf(""), Name: s.shop().Name, PushKey: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
		Notify: "/chat/corner/notifications", ShowText: true}
}
