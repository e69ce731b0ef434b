package mandate

import (
	"fmt"
	"strconv"
)

// EveryText says how often, in words: "every 3 months, on day 31".
func EveryText(texts Texts, language string, every Interval) string {
	key := "mandate.every." + string(every.Unit)
	if every.Count == 1 {
		key += ".one"
	}
	text := texts.Text(language, key, every.Count)
	switch {
	case every.Anchor == 0:
		return text
	case every.Unit == Week:
		return texts.Text(language, "mandate.every.on", text, texts.Text(language, fmt.Sprintf("mandate.weekday.%d", every.Anchor)))
	}
	return texts.Text(language, "mandate.every.on", text, texts.Text(language, "mandate.every.day_of_month", every.Anchor))
}

// DayText writes a day as people do.
func DayText(texts Texts, language string, d Date) string {
	month := texts.Text(language, fmt.Sprintf("mandate.month.%d", int(d.Month())))
	return texts.Text(language, "mandate.day", strconv.Itoa(d.Year()), month, d.Day())
}

func (s *Service) day(language string, d Date) string { return DayText(s.Texts, language, d) }

// consentText is the sentence that is agreed to: what, how much, how often, from
// when, and how it ends.
func (s *Service) consentText(front Front, language string, q Quote) string {
	key := "mandate.consent.now"
	if q.Trial {
		key = "mandate.consent.trial"
	}
	return s.Texts.Text(language, key, front.in(language), q.Terms.Name, q.Terms.Amount, EveryText(s.Texts, language, q.Terms.Every),
		q.Today, s.day(language, q.Until), q.Next, q.Terms.Remind) + " " +
		s.Texts.Text(language, "mandate.consent."+string(q.Terms.Ending))
}
