package wechat

import "plaza/message"

// Class says what to do about a refusal of WeChat's API.
type Class string

// The classes of refusals.
const (
	Retry          Class = "retry"          // busy or too fast: the same call later
	Reauthenticate Class = "reauthenticate" // the access token has ended: a new one
	Quota          Class = "quota"          // used up until tomorrow
	Window         Class = "window"         // the person has to write first
	Gone           Class = "gone"           // the person does not follow, has blocked it, or never did
	Misconfigured  Class = "misconfigured"  // app id, secret or allowed addresses: a member has to act
	Permanent      Class = "permanent"      // this call will never be taken
)

// The codes that the program asks for by name.
const (
	codeBusy             = -1
	codeCredential       = 40001
	codeNoSuchUser       = 40003
	codeBadMedia         = 40007
	codeAppID            = 40013
	codeTokenInvalid     = 40014
	codeSecret           = 40125
	codeAddress          = 40164
	codeAccountType      = 40200
	codeTokenEnded       = 42001
	codeNotFollowing     = 43004
	codeRefusesNotice    = 43101
	codeQuota            = 45009
	codeMinuteQuota      = 45011
	codeWindow           = 45015
	codeMassQuota        = 45028
	codeWindowCount      = 45047
	codeMassRepeated     = 45065
	codeMassUnsure       = 45066
	codeNoMenu           = 46003
	codeUnknownUser      = 46004
	codeTemplateArgument = 47003
	codeNotGranted       = 48001
	codeAPIRestricted    = 48004
	codeAccountSuspended = 50002
)

// classes are the codes that ask for something else than giving up (platform
// document: "Global return codes", and those of the single calls).
var classes = map[int]Class{
	codeBusy: Retry, codeMinuteQuota: Retry, codeMassUnsure: Retry,
	40097: Retry, // an upload that WeChat did not read to its end
	50001: Misconfigured, 61450: Retry, 9001001: Retry, 9001002: Retry,
	codeCredential: Reauthenticate, codeTokenInvalid: Reauthenticate, codeTokenEnded: Reauthenticate, 41001: Reauthenticate, 42007: Reauthenticate,
	codeQuota: Quota, codeMassQuota: Quota, 45010: Quota, 48006: Quota, 45027: Quota,
	codeWindow: Window, codeWindowCount: Window,
	codeNoSuchUser: Gone, codeUnknownUser: Gone, codeNotFollowing: Gone, 50005: Gone, 48002: Gone, 49003: Gone,
	codeRefusesNotice: Gone,
	codeAppID:         Misconfigured, codeSecret: Misconfigured, codeAddress: Misconfigured, 41002: Misconfigured, 41004: Misconfigured,
	40243: Misconfigured,                                             // the secret is frozen
	61004: Misconfigured,                                             // address not registered
	89503: Misconfigured, 89506: Misconfigured, 89507: Misconfigured, // an administrator has to agree
}

// Class says what to do about it.
func (e *Error) Class() Class {
	if class, ok := classes[e.Code]; ok {
		return class
	}
	return Permanent
}

// reasons say why a message will never be taken, in words, for the codes of
// which a member can make something.
var reasons = map[int]string{
	40004: unfitFile, 40005: unfitFile, 40006: unfitFile, 40007: unfitFile, 40008: unfitFile, 40009: unfitFile, 40010: unfitFile, 40011: unfitFile, 40012: unfitFile,
	45001: tooLongForIt, 45002: tooLongForIt, 45003: tooLongForIt, 45004: tooLongForIt, 45005: tooLongForIt, 45006: tooLongForIt, 45007: tooLongForIt, 45008: tooLongForIt,
	40037: unfitTemplate, codeTemplateArgument: unfitTemplate, 41028: unfitTemplate, 41029: unfitTemplate, 41030: unfitTemplate,
	codeNotGranted:    "WeChat lets only verified accounts send messages outside an answer.",
	codeAPIRestricted: restricted, codeAccountSuspended: restricted, 48003: restricted,
	87009: "WeChat refuses the content of this message.", 20002: "WeChat refuses the content of this message.",
}

const (
	unfitFile     = "WeChat does not take this file."
	tooLongForIt  = "WeChat takes no message of this length."
	unfitTemplate = "WeChat does not take this template with these values."
	restricted    = "WeChat has restricted this account."
)

// sendClasses are what the classes mean for a message.
var sendClasses = map[Class]message.SendClass{
	Retry: message.RetryLater, Reauthenticate: message.Refused, Misconfigured: message.Refused, Quota: message.RetryLater,
	Window: message.WindowClosed, Gone: message.Gone, Permanent: message.Permanent,
}
