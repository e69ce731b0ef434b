package developer_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"plaza/bot/developer"
)

func TestFilesAreWhatTheirContentSays(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	for name, test := range map[string]struct {
		kind    developer.MediaKind
		content []byte
		want    error
	}{
		"a picture":           {"image", gif, nil},
		"a recording":         {"voice", []byte("#!AMR\n........"), nil},
		"a page as a picture": {"image", []byte("<html><script>alert(1)</script>"), developer.ErrFileType},
		"a picture as voice":  {"voice", gif, developer.ErrFileType},
		"nothing":             {"image", nil, developer.ErrEmptyMedia},
		"no kind":             {"news", gif, developer.ErrMediaType},
		"too large a thumb":   {"thumb", append([]byte("\xff\xd8\xff\xe0"), make([]byte, 64<<10)...), developer.ErrMediaTooLarge},
	} {
		kept, err := k.Upload(ctx, k.account.ID, test.kind, "../x\".gif", test.content)
		refusedWith(t, name, err, test.want)
		if err == nil {
			if _, got, err := k.Download(ctx, k.account.ID, kept.ID); err != nil || !bytes.Equal(got, test.content) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestATemporaryFileEndsAndWhatAChatShowsStays(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann := k.visitor()
	k.say(ann, "1", "hello")
	large := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 2<<20)...) // in three pieces
	kept, err := k.Upload(ctx, k.account.ID, "image", "large.png", large)
	k.Must(err)
	k.Must(k.SendCustom(ctx, k.account.ID, ann.User, developer.Content{Type: "image", Image: &developer.FileContent{MediaID: kept.ID}}))
	k.World.Pass(72*time.Hour + time.Second)
	_, _, err = k.Download(ctx, k.account.ID, kept.ID)
	refusedWith(t, "after three days", err, developer.ErrMediaID)
	shown, got, err := k.ServeFile(ctx, kept.ID)
	if err != nil || !bytes.Equal(got, large) || shown.ExpiresAt != nil {
		t.Errorf("the chat shows %d bytes, %v", len(got), err)
	}
	other := k.World.Merchant("other")
	_, err = k.Media(ctx, other.ID, kept.ID)
	refusedWith(t, "another account", err, developer.ErrMediaID)
}

func TestPermanentFilesAreListedCountedAndDeleted(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	var last developer.Media
	for range 3 {
		var err error
		last, err = k.AddMaterial(ctx, k.account.ID, developer.Media{Kind: "image", Name: "x.gif"}, gif)
		k.Must(err)
		k.World.Pass(time.Second)
	}
	page, total, err := k.Material(ctx, k.account.ID, "image", 1, 5)
	if err != nil || total != 3 || len(page) != 2 {
		t.Errorf("%d of %d, %v", len(page), total, err)
	}
	k.Must(k.DeleteMaterial(ctx, k.account.ID, last.ID))
	refusedWith(t, "again", k.DeleteMaterial(ctx, k.account.ID, last.ID), developer.ErrMediaID)
	if counts, err := k.CountMaterial(ctx, k.account.ID); err != nil || counts["image"] != 2 {
		t.Errorf("%v, %v", counts, err)
	}
}

func FuzzTypeOf(f *testing.F) {
	f.Add(gif)
	f.Add([]byte("#!AMR\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if kind := developer.TypeOf(content); kind == "" || strings.ContainsAny(kind, "\r\n;") {
			t.Errorf("%q is of type %q", content, kind)
		}
	})
}
