package bot

import (
	"regexp"
	"slices"
	"testing"

	"plaza/bot/placeholder"
	"plaza/fault"
	"plaza/message"
)

func TestEveryFaultHasWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	spoken := loadTexts(t)
	faults := []*fault.Error{
		ErrInbound, ErrTrigger, ErrKeywords, ErrPattern, ErrAnswers, ErrAnswerEmpty, ErrAnswerLink,
		ErrAnswerForm, ErrLanguage, ErrName, ErrTag, ErrFlow, ErrInboundGone, ErrNoConversation,
		ErrTaken, ErrNotYours, ErrNotUndelivered, ErrNoteLength, ErrNothingToSend, ErrNotConnected, ErrNoChannel,
		ErrCredentials, ErrNoSubscriber, ErrTooManyTags, ErrAttribute, ErrPersonName, ErrNoRule,
		ErrNoFlow, ErrTooManyRules, ErrTooManyFlows, ErrMenuCount, ErrMenuLabel, ErrMenuAction, ErrMenuPayload,
		ErrMenuURL, ErrMenuProgram, ErrMenuReaders, ErrMenuOrder, ErrWindowClosed, ErrNoRoster,
	}
	for _, code := range []placeholder.Code{placeholder.Unknown, placeholder.Unclosed, placeholder.Empty,
		placeholder.BadAttribute, placeholder.TooLong, placeholder.NotText} {
		faults = append(faults, placeholderFault(&placeholder.Error{Code: code}))
	}
	for _, f := range faults {
		for _, language := range message.Languages {
			if spoken["fault."+f.Code][language] == "" {
				t.Errorf("fault %s has no text in %s", f.Code, language)
			}
		}
	}
}

func TestTranslationsTakeTheSameArguments(t *testing.T) {
	t.Parallel()
	argument := regexp.MustCompile(`\{\d\}`)
	for key, byLanguage := range loadTexts(t) {
		want := argument.FindAllString(byLanguage["en"], -1)
		slices.Sort(want)
		for _, language := range message.Languages {
			got := argument.FindAllString(byLanguage[language], -1)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(got), slices.Compact(slices.Clone(want))) {
				t.Errorf("%s in %s takes %v, in English %v", key, language, got, want)
			}
		}
	}
	for _, name := range append([]string{"attr"}, PlaceholderNames...) {
		if len(loadTexts(t)["placeholder."+name]) != len(message.Languages) {
			t.Errorf("placeholder %s is not described", name)
		}
	}
}
