package bot

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"plaza/bot/placeholder"
	"plaza/message"
	"plaza/store"
)

// knowledgeAge is how long a node answers by what it has read of an account's
// rules. A change on this node counts at once; one on another, after this.
const knowledgeAge = 5 * time.Second

// knowledge keeps what the bot was taught, per account, ready for use.
type knowledge struct {
	mu       sync.Mutex
	accounts map[string]*lesson
}

// lesson is what the bot was taught for one account. Immutable once ready.
type lesson struct {
	ready    chan struct{}
	err      error
	loadedAt time.Time
	account  Account
	rules    []compiledRule
	flows    map[string]compiledFlow
}

// compiledRule is a rule ready to be asked.
type compiledRule struct {
	Rule
	keywords []string // folded
	patterns []*regexp.Regexp
	answers  []compiledTemplate
}

// forget makes the next message read the account and its rules anew.
func (k *knowledge) forget(account string) {
	k.mu.Lock()
	delete(k.accounts, account)
	k.mu.Unlock()
}

// Forget makes the bot read an account's settings anew: to be called when they
// have changed. Other nodes notice within seconds.
func (b *Bot) Forget(account string) { b.knowledge.forget(account) }

// lesson finds what the bot was taught for an account, loading it at most once
// at a time.
func (b *Bot) lesson(ctx context.Context, account string) (*lesson, error) {
	now := b.Now()
	k := &b.knowledge
	k.mu.Lock()
	found := k.accounts[account]
	if found != nil && now.Sub(found.loadedAt) < knowledgeAge {
		k.mu.Unlock()
		select {
		case <-found.ready:
			return found, found.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	found = &lesson{ready: make(chan struct{}), loadedAt: now}
	if k.accounts == nil {
		k.accounts = make(map[string]*lesson)
	}
	k.accounts[account] = found
	k.mu.Unlock()

	found.err = b.load(context.WithoutCancel(ctx), account, found)
	close(found.ready)
	if found.err != nil {
		k.mu.Lock()
		if k.accounts[account] == found {
			delete(k.accounts, account)
		}
		k.mu.Unlock()
	}
	return found, found.err
}

func (b *Bot) load(ctx context.Context, account string, into *lesson) error {
	var err error
	if into.account, err = b.Accounts.BotAccount(ctx, account); err != nil {
		return err
	}
	if into.account.Zone == nil {
		into.account.Zone = time.UTC
	}
	for rule, err := range rules.In(b.DB, account).Each(ctx, store.Query{}.By("priority")) {
		if err != nil {
			return err
		}
		if !rule.Enabled {
			continue
		}
		compiled, err := compileRule(rule)
		if err != nil { // was checked when saved; never silence the others for it
			b.Logger.Error("rule cannot be used", "account", account, "rule", rule.ID, "error", err)
			continue
		}
		into.rules = append(into.rules, compiled)
	}
	into.flows = make(map[string]compiledFlow)
	for flow, err := range flows.In(b.DB, account).Each(ctx, store.Query{}) {
		if err != nil {
			return err
		}
		compiled, err := compileFlow(flow)
		if err != nil {
			b.Logger.Error("flow cannot be used", "account", account, "flow", flow.ID, "error", err)
			continue
		}
		into.flows[flow.ID] = compiled
	}
	return nil
}

// find is the first rule that an inbound message sets off.
func (l *lesson) find(in message.Inbound) (compiledRule, bool) {
	folded := fold(in.Text)
	for _, triggers := range triggersOf(in) {
		for _, rule := range l.rules {
			if rule.On == triggers && rule.matches(in, folded) {
				return rule, true
			}
		}
	}
	return compiledRule{}, false
}

// fallback is the account's default answer.
func (l *lesson) fallback() (compiledRule, bool) {
	for _, rule := range l.rules {
		if rule.On == OnDefault {
			return rule, true
		}
	}
	return compiledRule{}, false
}

// triggersOf lists what a message can set off, the more particular first:
// somebody who arrives by a code is answered for the code, if there is a rule.
func triggersOf(in message.Inbound) []Trigger {
	switch in.Kind {
	case message.Follow:
		if in.Scene != "" {
			return []Trigger{OnScan, OnFollow}
		}
		return []Trigger{OnFollow}
	case message.Scan:
		return []Trigger{OnScan}
	case message.Press:
		return []Trigger{OnPress}
	case message.TextIn:
		return []Trigger{OnKeyword}
	}
	return nil
}

func (r compiledRule) matches(in message.Inbound, folded string) bool {
	switch r.On {
	case OnFollow:
		return true
	case OnScan:
		return r.Scene == "" || r.Scene == in.Scene
	case OnPress:
		return r.Payload == in.Payload
	case OnKeyword:
		return folded != "" && r.says(folded)
	}
	return false
}

func (r compiledRule) says(folded string) bool {
	for _, pattern := range r.patterns {
		if pattern.MatchString(folded) {
			return true
		}
	}
	for _, keyword := range r.keywords {
		switch {
		case folded == keyword,
			r.Match == Prefix && strings.HasPrefix(folded, keyword),
			r.Match == Contain && strings.Contains(folded, keyword):
			return true
		}
	}
	return false
}

// compiledTemplate is an answer with its blanks found.
type compiledTemplate struct {
	Template
	title, text blanks
	labels      []blanks
}

// blanks is a Wording with its placeholders found.
type blanks map[string]*placeholder.Template

func (b blanks) in(language, fallback string, values placeholder.Values) string {
	for _, l := range [...]string{language, fallback, message.Languages[0]} {
		if template := b[l]; template != nil {
			return template.Fill(values)
		}
	}
	for _, l := range message.Languages {
		if template := b[l]; template != nil {
			return template.Fill(values)
		}
	}
	return ""
}
