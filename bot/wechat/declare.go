package wechat

import (
	"encoding/json"

	"plaza/message"
)

// Fields are what a member copies from WeChat's settings page (设置与开发 →
// 开发接口管理), in the order in which it shows them.
func (c *Channel) Fields() []message.Field {
	return []message.Field{
		{Name: "app_id", Limit: 18},
		{Name: "secret", Secret: true, Optional: true, Limit: 32},
		{Name: "token", Limit: 32},
		{Name: "encoding_aes_key", Optional: true, Limit: 43},
		{Name: "original_id", Optional: true, Limit: 64},
		{Name: "subscription", Optional: true, Kind: message.SwitchField},
		{Name: "domain_file", Optional: true, Limit: 46},
		{Name: "web_sign_in", Kind: message.SwitchField},
	}
}

// Validate says what is wrong with the values, field by field.
func (c *Channel) Validate(credentials []byte) error {
	typed, err := message.DecodeCredentials[Credentials](credentials)
	if err != nil {
		return err
	}
	return typed.Check()
}

// Renders says how WeChat shows each form (platform documents: "Passive
// replies", "Customer service messages").
func (c *Channel) Renders() message.Renderings {
	native := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Native, As: as} }
	adapted := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Adapted, As: as} }
	words := message.Rendering{Fidelity: message.Worded, As: "text"}
	return message.Renderings{
		Forms: map[message.Form]message.Rendering{
			message.TextForm: native("text"), message.RichForm: adapted("text with links"), message.ImageForm: native("image, or news"),
			message.VoiceForm: native("voice, or music or news"), message.VideoForm: native("video, or news"), message.FileForm: adapted("news"),
			message.LocationForm: adapted("news"), message.StickerForm: words,
			message.CardForm: native("news"), message.CardsForm: adapted("news, or text"), message.ListForm: adapted("news, or text"),
			message.ButtonsForm: native("msgmenu"), message.MenuForm: native("msgmenu"),
			message.ProductForm: adapted("news, or text"), message.OrderForm: words,
			message.ReceiptForm: words, message.QRForm: adapted("news"), message.CouponForm: words,
			message.HandoverForm: native("transfer_customer_service"),
		},
		Signals: map[message.Signal]message.Rendering{message.TypingOn: native("custom/typing"), message.ReadMark: {Fidelity: message.Absent}},
		Quick:   adapted("msgmenu, or links"),
	}
}

// Rotate keeps the key that was set before beside a new one: WeChat changes
// over gradually, so the old key is still tried.
func (c *Channel) Rotate(before, after []byte) ([]byte, error) {
	var had, has Credentials
	if json.Unmarshal(before, &had) != nil || json.Unmarshal(after, &has) != nil {
		return after, nil // what can't be read has no key to keep
	}
	if had.EncodingAESKey == has.EncodingAESKey || has.PreviousAESKey != had.PreviousAESKey {
		return after, nil
	}
	has.PreviousAESKey = had.EncodingAESKey
	return has.Encode()
}
