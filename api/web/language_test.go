package web

import (
	"slices"
	"testing"

	"plaza/message"
)

func TestTheLanguageIsTheOneAskedForThenKeptThenLiked(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ asked, kept, accepted, want string }{
		{"", "", "", "en"},
		{"ko", "zh", "en", "ko"},
		{"", "zh", "en", "zh"},
		{"xx", "zz", "ko", "ko"},
		{"", "", "de-DE, ko-KR;q=0.7, zh-CN;q=0.8", "zh"},
		{"", "", "zh;q=0.1, en;q=0.9", "en"},
		{"", "", "ko, zh", "ko"},             // the first of equals
		{"", "", "zh;q=0, ko;q=0.001", "ko"}, // q=0 is a no
		{"", "", "zh;q=0", "en"},
		{"", "", "kok-IN, zha", "en"}, // Konkani and Zhuang
		{"", "", "zh;q=NaN, ko;q=2, zh;q=, en-GB", "en"},
		{"ZH_cn", "", "", "zh"},
	} {
		if got := choose(one.asked, one.kept, one.accepted); got != one.want {
			t.Errorf("%+v: %s", one, got)
		}
	}
}

func FuzzLanguage(f *testing.F) {
	f.Add("ko", "", "")
	f.Add("", "zh_CN", "de;q=1, ko;q=0.5")
	f.Add("-", ";;", ",;q=,;q=1e400,*;q=-1")
	f.Fuzz(func(t *testing.T, asked, kept, accepted string) {
		if got := choose(asked, kept, accepted); !slices.Contains(message.Languages[:], got) {
			t.Errorf("%q", got)
		}
	})
}

func TestASwitchedLanguageLeavesTheAddress(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a/b": "/a/b", "/a?lang=ko": "/a", "/a?x=1&lang=ko&y=2": "/a?x=1&y=2", "/a?long=ko": "/a?long=ko", "%": "%",
	} {
		if got := WithoutLanguage(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
