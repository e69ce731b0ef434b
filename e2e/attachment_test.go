package e2e

import (
	"testing"
)

// TestPhotographsAndVoiceNotesGoBothWaysLive plays a visitor on a phone and a
// member at the inbox: what either sends, the other sees without loading again.
func TestPhotographsAndVoiceNotesGoBothWaysLive(t *testing.T) {
	shop := start(t, "demo", t.TempDir())
	browser := openBrowser(t)
	person := newTab(t, browser, "visitor", "ko", phone)
	person.open(shop.base + "/chat/corner")
	person.follow()
	person.say("사람 있나요?")
	person.stay()

	agent := newTab(t, browser, "agent", "zh", desk)
	agent.open(shop.signInLink())
	agent.sees("Corner 24")
	agent.open(shop.base + "/console/corner/inbox")
	agent.click(".list-pane li a", "")
	agent.at("/console/corner/inbox/c/")
	agent.until("the live connection", `document.querySelector('[data-live-light].connected')`)
	agent.stay()

	person.attach("tür.png")
	person.until("the photograph to be taken", `document.querySelector('.mine .picture img[src^="/attachments/"]')?.naturalWidth === 320`)
	agent.until("the photograph", `document.querySelector('.thread .bubble-row:not(.mine) .picture img[src^="/attachments/"]')?.naturalWidth === 320`)
	agent.shot("photograph")

	person.click("[data-record]", "")
	person.until("the clock to go on", `document.querySelector('[data-clock]').checkVisibility() && document.querySelector('[data-clock]').value === '0:02'`)
	person.shot("recording")
	person.click("[data-finish]", "")
	person.until("the recording to be taken", `document.querySelector('.mine .voice audio')?.src.includes('/attachments/')`)
	agent.until("the recording", `document.querySelector('.thread .voice audio')?.src.includes('/attachments/')`)
	agent.value(`(a => { a.load(); a.muted = true; a.play().catch(e => { window.played = e.message; }); })(document.querySelector('.thread .voice audio'))`)
	agent.until("the recording to play", `document.querySelector('.thread .voice audio').currentTime > 0`)
	agent.shot("recording")

	person.click("[data-record]", "")
	person.until("another recording", `document.querySelector('[data-clock]').value === '0:01'`)
	person.click("[data-discard]", "")
	person.until("the composer again", `document.querySelector('#f-text').checkVisibility()`)

	agent.attach("cake.png")
	agent.until("it to be sent", `document.querySelector('.thread .bubble-row.mine .picture img[src^="/attachments/"]')?.naturalWidth === 320`)
	person.until("the member's picture", `document.querySelector('.bubble-row:not(.mine) .picture img[src^="/attachments/"]')?.naturalWidth === 320`)
	person.shot("answered")
	if n := person.value(`document.querySelectorAll('.voice').length`); n != "1" {
		t.Errorf("%s recordings, though one was thrown away", n)
	}
	person.stayed()
	agent.stayed()
}

// attach chooses a picture of 320 × 200 as somebody's camera would hand it over.
func (p *tab) attach(name string) {
	p.t.Helper()
	p.value(`(async () => {
		const canvas = new OffscreenCanvas(320, 200), ink = canvas.getContext('2d');
		ink.fillStyle = '#b9742f'; ink.fillRect(0, 0, 320, 200); ink.fillStyle = '#fff'; ink.fillRect(40, 40, 120, 90);
		const files = new DataTransfer();
		files.items.add(new File([await canvas.convertToBlob({type: 'image/png'})], ` + quoted(name) + `, {type: 'image/png'}));
		const chooser = document.querySelector('[data-files]');
		chooser.files = files.files;
		chooser.dispatchEvent(new Event('change'));
	})()`)
}
