package line

import "plaza/message"

// Renders says how LINE shows each form (platform documents: "Message types",
// "Send Flex Messages").
func (c *Channel) Renders() message.Renderings {
	native := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Native, As: as} }
	adapted := func(as string) message.Rendering { return message.Rendering{Fidelity: message.Adapted, As: as} }
	return message.Renderings{
		Forms: map[message.Form]message.Rendering{
			message.TextForm: native("text"), message.RichForm: adapted("Flex bubble with spans, or text"),
			message.ImageForm: native("image"), message.VoiceForm: native("audio, or Flex bubble"),
			message.VideoForm: native("video, or Flex bubble"), message.FileForm: adapted("Flex bubble that opens it"),
			message.LocationForm: native("location"), message.StickerForm: native("sticker, or emoji"),
			message.CardForm: native("Flex bubble"), message.CardsForm: native("Flex carousel"),
			message.ListForm: native("Flex bubble with rows"), message.ButtonsForm: native("Flex bubble with buttons"),
			message.MenuForm: adapted("Flex bubble with buttons"), message.ProductForm: native("Flex carousel with prices"),
			message.OrderForm: native("Flex bubble"), message.ReceiptForm: native("Flex bubble"),
			message.QRForm: adapted("Flex bubble with the picture"), message.CouponForm: native("Flex bubble, a tap copies the code"),
			message.HandoverForm: native("text"),
		},
		Signals: map[message.Signal]message.Rendering{
			message.TypingOn: native("loading animation"), message.ReadMark: native("mark as read"),
		},
		Quick: native("quick reply"),
	}
}
