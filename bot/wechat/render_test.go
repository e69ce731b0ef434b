package wechat

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	other "github.com/silenceper/wechat/v2/officialaccount/message"

	"plaza/message"
	"plaza/money"
)

func price(minor int64) *money.Amount {
	amount := money.Of(minor, "CNY")
	return &amount
}

func card(title string, buttons ...message.Button) message.Card {
	return message.Card{Title: title, Text: "今早到货", Image: "/pictures/1", URL: "/shop/corner/1", Price: price(1250), Buttons: buttons}
}

var receipt = message.Outbound{Form: message.ReceiptForm, Receipt: &message.Receipt{
	Title: "谢谢惠顾", Number: "20260101-7", State: "已付款", URL: "/orders/7", Total: money.Of(2500, "CNY"),
	Lines: []message.ReceiptLine{{Name: "草莓", Quantity: 2, Amount: money.Of(2500, "CNY")}},
}}

// render answers a push and gives the reply's document.
func render(t testing.TB, push string, answer ...message.Outbound) (string, []message.Outbound) {
	t.Helper()
	return renderAs(t, plainCredentials(), push, answer...)
}

func renderAs(t testing.TB, credentials []byte, push string, answer ...message.Outbound) (string, []message.Outbound) {
	t.Helper()
	channel := testChannel()
	received, err := channel.Receive(credentials, plainPush(push))
	if err != nil {
		t.Fatal(err)
	}
	for i := range answer {
		answer[i].Language = "zh"
	}
	response, rest, err := channel.Render(credentials, received, answer)
	if err != nil || response.Status != 200 {
		t.Fatalf("%d, %v", response.Status, err)
	}
	return string(response.Body), rest
}

func TestAnswersTakeWeChatsRichestForm(t *testing.T) {
	t.Parallel()
	buy := message.Button{Label: "购买", Payload: "buy:1", Say: "购买"}
	for name, test := range map[string]struct {
		push   string
		answer []message.Outbound
	}{
		"text":             {textPush("hi"), []message.Outbound{message.Text("有的！\n<a href=\"https://shop.example\">看看</a> ]]> & 😀")}},
		"texts":            {textPush("hi"), []message.Outbound{message.Text("one"), message.Text("two"), message.Choice("three", buy)}},
		"image":            {textPush("hi"), []message.Outbound{message.Image("/pictures/9")}},
		"card":             {textPush("hi"), []message.Outbound{message.OneCard(card("草莓", buy))}},
		"card-mute-button": {textPush("hi"), []message.Outbound{message.OneCard(card("草莓", message.Button{Label: "More", Payload: "more"}))}},
		"card-words-only":  {textPush("hi"), []message.Outbound{message.OneCard(message.Card{Title: "公告", Text: "今天休息", Buttons: []message.Button{buy}})}},
		"cards-answer":     {textPush("hi"), []message.Outbound{{Form: message.CardsForm, Cards: []message.Card{card("草莓", buy), card("蓝莓")}}}},
		"cards-event":      {followPush, []message.Outbound{{Form: message.CardsForm, Cards: []message.Card{card("草莓", buy), card("蓝莓")}}}},
		"buttons":          {textPush("hi"), []message.Outbound{message.Choice("选一个", buy, message.Button{Label: "Site", URL: "/a/corner"}, message.Button{Label: "No \"<&>\"", Say: "no"})}},
		"qr":               {textPush("hi"), []message.Outbound{{Form: message.QRForm, Text: "扫一扫", URL: "/q/abc"}}},
		"receipt":          {textPush("hi"), []message.Outbound{receipt}},
		"handover":         {textPush("hi"), []message.Outbound{{Form: message.HandoverForm, Text: "店员马上来"}}},
		"nothing":          {textPush("hi"), nil},
		"nothing-to-say":   {textPush("hi"), []message.Outbound{{Form: message.HandoverForm}, message.Text("")}},
	} {
		document, rest := render(t, test.push, test.answer...)
		if len(rest) > 0 {
			document += "\nleft: " + string(indented(t, rest))
		}
		golden(t, "testdata/reply/"+name+".xml", []byte(document))
	}
}

func TestEveryReplyTypeIsWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	received, err := channel.Receive(plainCredentials(), plainPush(textPush("hi")))
	if err != nil {
		t.Fatal(err)
	}
	for name, reply := range map[string]Reply{
		"type-image":    {Type: ImageReply, MediaID: "m-1"},
		"type-voice":    {Type: VoiceReply, MediaID: "m-2"},
		"type-video":    {Type: VideoReply, MediaID: "m-3", Title: "开店", Description: "三分钟"},
		"type-music":    {Type: MusicReply, Title: "歌", Description: "早安", MusicURL: "https://shop.example/a.mp3", HQMusicURL: "https://shop.example/b.mp3", ThumbMediaID: "m-4"},
		"type-transfer": {Type: TransferReply},
		"type-agent":    {Type: TransferReply, Agent: "lan@corner"},
	} {
		golden(t, "testdata/reply/"+name+".xml", channel.Encode(received, reply).Body)
	}
}

func TestTheOtherSideReadsOurReplies(t *testing.T) {
	t.Parallel()
	var text other.Text
	document, _ := render(t, textPush("hi"), message.Text("a]]>b & <c> 中文 😀"))
	read(t, document, &text)
	if text.Content != "a]]>b & <c> 中文 😀" || text.MsgType != other.MsgTypeText || text.ToUserName != "oia2TjuEGTNoeX76QEjQNrcURxG8" || text.FromUserName != "gh_7f083739789a" || text.CreateTime != testNow.Unix() {
		t.Errorf("text: %+v", text)
	}
	var news other.News
	document, _ = render(t, followPush, message.Outbound{Form: message.CardsForm, Cards: []message.Card{card("草莓"), card("蓝莓")}})
	read(t, document, &news)
	if news.ArticleCount != 2 || len(news.Articles) != 2 || *news.Articles[1] != *other.NewArticle("蓝莓  ¥12.50", "今早到货", "https://shop.example/pictures/1", "https://shop.example/shop/corner/1") {
		t.Errorf("news: %+v", news)
	}
	channel := testChannel()
	received, err := channel.Receive(plainCredentials(), plainPush(textPush("hi")))
	if err != nil {
		t.Fatal(err)
	}
	encode := func(r Reply) string { return string(channel.Encode(received, r).Body) }
	var image other.Image
	read(t, encode(Reply{Type: ImageReply, MediaID: "m"}), &image)
	var voice other.Voice
	read(t, encode(Reply{Type: VoiceReply, MediaID: "m"}), &voice)
	var video other.Video
	read(t, encode(Reply{Type: VideoReply, MediaID: "m", Title: "t", Description: "d"}), &video)
	var music other.Music
	read(t, encode(Reply{Type: MusicReply, Title: "t", Description: "d", MusicURL: "u", HQMusicURL: "h", ThumbMediaID: "m"}), &music)
	var transfer other.TransferCustomer
	read(t, encode(Reply{Type: TransferReply, Agent: "lan@corner"}), &transfer)
	if image.Image.MediaID != "m" || voice.Voice.MediaID != "m" || video.Video.MediaID != "m" || video.Video.Title != "t" || video.Video.Description != "d" ||
		music.Music.Title != "t" || music.Music.MusicURL != "u" || music.Music.HQMusicURL != "h" || music.Music.ThumbMediaID != "m" ||
		transfer.TransInfo == nil || transfer.TransInfo.KfAccount != "lan@corner" {
		t.Errorf("%+v %+v %+v %+v %+v", image, voice, video, music, transfer)
	}
}

func read(t testing.TB, document string, into any) {
	t.Helper()
	if err := xml.Unmarshal([]byte(document), into); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
}

func TestAnswersToEncryptedPushesAreEncrypted(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	received, err := channel.Receive(sealedCredentials(), sealedPush(t, textPush("hi"), testAppID, testKey))
	if err != nil {
		t.Fatal(err)
	}
	answer := []message.Outbound{message.Text("hello")}
	first, _, err := channel.Render(sealedCredentials(), received, answer)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := channel.Render(sealedCredentials(), received, answer)
	if err != nil {
		t.Fatal(err)
	}
	var text other.Text
	read(t, opened(t, first.Body, testKey), &text)
	if text.Content != "hello" {
		t.Errorf("they read %+v", text)
	}
	if string(first.Body) == string(second.Body) {
		t.Error("the same random bytes and nonce were used twice")
	}
	if silent, _, _ := channel.Render(sealedCredentials(), received, nil); string(silent.Body) != "success" {
		t.Errorf("nothing to say is %s", silent.Body)
	}
}

func TestLongTextsGoOnInTheRest(t *testing.T) {
	t.Parallel()
	for _, long := range []string{strings.Repeat("中", 3000), strings.Repeat("😀", 2000), strings.Repeat("a line of words\n", 400)} {
		var text other.Text
		document, rest := render(t, textPush("hi"), message.Text(long))
		read(t, document, &text)
		whole := string(text.Content)
		for _, piece := range append(rest, message.Text(string(text.Content))) {
			if len(piece.Text) > maxText || !utf8.ValidString(piece.Text) {
				t.Errorf("a piece has %d bytes", len(piece.Text))
			}
		}
		for _, piece := range rest {
			whole += piece.Text
		}
		if strings.ReplaceAll(whole, "\n", "") != strings.ReplaceAll(long, "\n", "") {
			t.Errorf("%d of %d bytes arrived", len(whole), len(long))
		}
	}
}

func TestWhatDoesNotFitStaysInOrder(t *testing.T) {
	t.Parallel()
	document, rest := render(t, textPush("hi"), message.Text("first"), message.OneCard(card("second")), message.Text("third"))
	if !strings.Contains(document, "first") || len(rest) != 2 || rest[0].Cards[0].Title != "second" || rest[1].Text != "third" {
		t.Errorf("%s, left %+v", document, rest)
	}
	full := strings.Repeat("x", maxText-2)
	document, rest = render(t, textPush("hi"), message.Text(full), message.Text("y"))
	if !strings.Contains(document, full) || len(rest) != 1 || rest[0].Text != "y" {
		t.Errorf("left %+v", rest)
	}
}

func TestWordsThatAnArticleHasNoRoomForAreNotLost(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("慢", maxDescription+1)
	for name, out := range map[string]message.Outbound{
		"code":    {Form: message.QRForm, Text: long, URL: "/q/abc"},
		"picture": {Form: message.ImageForm, Text: long, Image: "/pictures/1"},
		"card":    message.OneCard(message.Card{Title: "t", Text: long, Image: "/pictures/1"}),
		"cards":   {Form: message.CardsForm, Text: long, Cards: []message.Card{card("草莓")}},
	} {
		document, rest := render(t, textPush("hi"), out)
		for _, left := range rest {
			document += left.Text
		}
		if !strings.Contains(document, long) {
			t.Errorf("%s: %s", name, document)
		}
	}
}

func TestACardInTheRestStaysACard(t *testing.T) {
	t.Parallel()
	big := card("草莓")
	big.Text = strings.Repeat("x", 2*maxText)
	if _, rest := render(t, textPush("hi"), message.Text("hi"), message.OneCard(big)); len(rest) != 1 || rest[0].Form != message.CardForm {
		t.Errorf("left %+v", rest)
	}
}

func TestMoreThanEightCardsBecomeOneText(t *testing.T) {
	t.Parallel()
	var cards []message.Card
	for i := range 9 {
		cards = append(cards, card("berry "+strconv.Itoa(i)))
	}
	var news other.News
	document, rest := render(t, followPush, message.Outbound{Form: message.CardsForm, Cards: cards[:8]})
	read(t, document, &news)
	if news.ArticleCount != 8 || len(rest) != 0 {
		t.Errorf("%d articles, left %v", news.ArticleCount, rest)
	}
	document, rest = render(t, followPush, message.Outbound{Form: message.CardsForm, Cards: cards})
	if !strings.Contains(document, "<![CDATA[text]]>") || !strings.Contains(document, "berry 8") || len(rest) != 0 {
		t.Errorf("%s, left %v", document, rest)
	}
}

func TestWeChatsOwnAgentsTakeOverOnlyIfWanted(t *testing.T) {
	t.Parallel()
	credentials := plainCredentials(func(c *Credentials) { c.WeChatAgents = true })
	handover := message.Outbound{Form: message.HandoverForm, Text: "one moment"}
	document, rest := renderAs(t, credentials, textPush("hi"), message.Text("hello"), handover)
	if !strings.Contains(document, "transfer_customer_service") || len(rest) != 2 || rest[0].Text != "hello" || rest[1].Text != "one moment" {
		t.Errorf("%s, left %+v", document, rest)
	}
	if document, _ = renderAs(t, credentials, textPush("hi"), message.Text("hello")); strings.Contains(document, "transfer") {
		t.Errorf("handed over unasked: %s", document)
	}
}

func TestWhoHasLeftIsNotAnswered(t *testing.T) {
	t.Parallel()
	document, rest := render(t, strings.Replace(followPush, "subscribe", "unsubscribe", 1), message.Text("bye"))
	if document != "success" || len(rest) != 0 {
		t.Errorf("%s, left %v", document, rest)
	}
}

func TestATappedButtonComesBackAsItsPayload(t *testing.T) {
	t.Parallel()
	document, _ := render(t, textPush("hi"), message.Choice("?", message.Button{Label: "Buy", Payload: "buy:1", Say: "buy"}, message.Button{Label: "Stop", Say: "stop"}))
	for link, want := range map[string]message.Kind{
		"weixin://bizmsgmenu?msgmenucontent=buy&msgmenuid=buy:1": message.Press,
		"weixin://bizmsgmenu?msgmenucontent=stop&msgmenuid=0":    message.TextIn,
	} {
		if !strings.Contains(document, `<a href="`+link+`">`) {
			t.Fatalf("no %s in %s", link, document)
		}
		// WeChat takes the link apart like this and says the word.
		word, id, _ := strings.Cut(strings.TrimPrefix(link, "weixin://bizmsgmenu?msgmenucontent="), "&msgmenuid=")
		push := strings.Replace(textPush(word), "</xml>", "<bizmsgmenuid>"+id+"</bizmsgmenuid></xml>", 1)
		received, err := testChannel().Receive(plainCredentials(), plainPush(push))
		if err != nil {
			t.Fatal(err)
		}
		in := received.Inbound[0]
		if in.Kind != want || in.Text != word || want == message.Press && in.Payload != id {
			t.Errorf("%s comes back as %+v", link, in)
		}
	}
}

// wellFormed reads a document to its end with the standard library.
func wellFormed(document string) error {
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
