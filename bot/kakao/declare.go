package kakao

import "plaza/message"

// Fields are what a member enters, in the order in which it is needed: the
// skill, speaking first, people who add the channel, notice templates.
func (c *Channel) Fields() []message.Field {
	return []message.Field{
		{Name: "secret", Secret: true, Limit: 128},
		{Name: "bot_id", Optional: true, Limit: 64},
		{Name: "block_id", Optional: true, Limit: 64},
		{Name: "rest_key", Secret: true, Optional: true, Limit: 32},
		{Name: "event_name", Optional: true, Limit: 100},
		{Name: "admin_key", Secret: true, Optional: true, Limit: 32},
		{Name: "kakao_agents", Optional: true, Kind: message.SwitchField},
		{Name: "dealer_app_key", Optional: true, Limit: 64},
		{Name: "dealer_secret", Secret: true, Optional: true, Limit: 64},
		{Name: "sender_key", Secret: true, Optional: true, Limit: 40},
		{Name: "sms_number", Optional: true, Limit: 15},
		{Name: "dealer_signature", Secret: true, Optional: true, Limit: 128},
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

// Renders says how KakaoTalk shows each form (platform document: "Answer types
// in JSON").
func (c *Channel) Renders() message.Renderings {
	native := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Native, As: as} }
	adapted := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Adapted, As: as} }
	absent := message.Rendering{Fidelity: message.Absent}
	return message.Renderings{
		Forms: map[message.Form]message.Rendering{
			message.TextForm: native("simpleText"), message.RichForm: {Fidelity: message.Worded, As: "simpleText"},
			message.ImageForm: native("simpleImage, or basicCard"),
			message.VoiceForm: adapted("textCard with a link"), message.VideoForm: adapted("basicCard with a link"),
			message.FileForm: adapted("textCard with a link"), message.LocationForm: adapted("textCard with a map's link"),
			message.StickerForm: {Fidelity: message.Worded, As: "emoji"},
			message.CardForm:    native("basicCard, commerceCard or textCard"), message.CardsForm: native("carousel"),
			message.ListForm: native("listCard"), message.ButtonsForm: native("textCard"), message.MenuForm: native("quickReplies"),
			message.ProductForm: native("commerceCard"), message.OrderForm: native("itemCard"), message.ReceiptForm: native("itemCard"),
			message.QRForm: adapted("basicCard"), message.CouponForm: adapted("textCard"),
			message.HandoverForm: native("simpleText, or the operator button"),
		},
		Signals: map[message.Signal]message.Rendering{message.TypingOn: absent, message.ReadMark: absent},
		Quick:   native("quickReplies"),
	}
}
