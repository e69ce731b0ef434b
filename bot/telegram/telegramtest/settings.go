package telegramtest

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-telegram/bot/models"
)

var (
	goodSecret   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	goodCommand  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	goodLanguage = regexp.MustCompile(`^([a-z]{2})?$`)
)

// updateTypes are all that can be asked for.
var updateTypes = []string{
	"message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
	"edited_business_message", "deleted_business_messages", "message_reaction", "message_reaction_count", "inline_query",
	"chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll",
	"poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost",
}

func (p *Platform) setWebhook(args *arguments) (any, *refusal) {
	hook := webhook{secret: args.values["secret_token"]}
	hook.URL, hook.MaxConnections = args.values["url"], 40
	if given := args.values["max_connections"]; given != "" {
		hook.MaxConnections = int(number(given))
	}
	if args.values["allowed_updates"] != "" {
		if no := args.strict("allowed_updates", &hook.AllowedUpdates); no != nil {
			return nil, no
		}
	}
	parsed, err := url.Parse(hook.URL)
	switch {
	case err != nil || parsed.Host == "":
		return nil, bad("bad webhook: invalid webhook URL specified")
	case !p.o.Local && parsed.Scheme != "https":
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	case !p.o.Local && !slices.Contains([]string{"", "443", "80", "88", "8443"}, parsed.Port()):
		return nil, bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	case !p.o.Local && !strings.Contains(parsed.Hostname(), "."):
		return nil, bad("bad webhook: Failed to resolve host: Name or service not known")
	case hook.secret != "" && !goodSecret.MatchString(hook.secret):
		return nil, bad("secret token contains unallowed characters")
	case hook.MaxConnections < 1 || hook.MaxConnections > 100:
		return nil, bad("max_connections is invalid")
	case slices.ContainsFunc(hook.AllowedUpdates, func(name string) bool { return !slices.Contains(updateTypes, name) }):
		return nil, bad("allowed_updates is invalid")
	}
	p.hook = hook
	return true, nil
}

func (p *Platform) deleteWebhook(*arguments) (any, *refusal) {
	p.hook = webhook{}
	return true, nil
}

func (p *Platform) getWebhookInfo(*arguments) (any, *refusal) { return p.hook.WebhookInfo, nil }

// language reads the scope and language of commands. Only those of private
// chats are kept here.
func (a *arguments) language() (string, *refusal) {
	var scope struct {
		Type string `json:"type"`
	}
	if a.values["scope"] != "" {
		if no := a.strict("scope", &scope); no != nil {
			return "", no
		}
	}
	switch language := a.values["language_code"]; {
	case scope.Type != "all_private_chats":
		return "", bad("only commands of all private chats are known here")
	case !goodLanguage.MatchString(language):
		return "", bad("invalid language code specified")
	default:
		return language, nil
	}
}

func (p *Platform) setMyCommands(args *arguments) (any, *refusal) {
	language, no := args.language()
	if no != nil {
		return nil, no
	}
	var commands []models.BotCommand
	if no := args.strict("commands", &commands); no != nil {
		return nil, no
	}
	if len(commands) > 100 {
		return nil, bad("too many commands specified")
	}
	for _, command := range commands {
		if !goodCommand.MatchString(command.Command) {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if length := len([]rune(command.Description)); length < 1 || length > 256 {
			return nil, bad("command description is invalid")
		}
	}
	p.menu.Commands[language] = commands
	return true, nil
}

func (p *Platform) deleteMyCommands(args *arguments) (any, *refusal) {
	language, no := args.language()
	if no != nil {
		return nil, no
	}
	delete(p.menu.Commands, language)
	return true, nil
}

func (p *Platform) setChatMenuButton(args *arguments) (any, *refusal) {
	var button struct {
		Type string `json:"type"`
	}
	if no := args.strict("menu_button", &button); no != nil {
		return nil, no
	}
	if button.Type != "commands" && button.Type != "default" {
		return nil, bad("only the buttons commands and default are known here")
	}
	p.menu.Button = button.Type
	return true, nil
}
