package account

import "plaza/fault"

// What can go wrong and what people are told.
var (
	// ErrSignIn does not tell whether the email or the password was wrong.
	ErrSignIn       = fault.New(fault.Unauthenticated, "sign_in_failed", "The email or the password is not right.")
	ErrSignedOut    = fault.New(fault.Unauthenticated, "signed_out", "Please sign in.")
	ErrToken        = fault.New(fault.Unauthenticated, "bad_token", "This API token is not valid, or no longer.")
	ErrLink         = fault.New(fault.Unauthenticated, "bad_link", "This link has expired or has been used already. Please ask for a new one.")
	ErrNotPermitted = fault.New(fault.Forbidden, "not_permitted", "Your role does not allow this.")

	ErrNoAccount = fault.New(fault.NotFound, "account_not_found", "There is no such account.")
	ErrNoMember  = fault.New(fault.NotFound, "member_not_found", "There is no such member.")
	ErrNoToken   = fault.New(fault.NotFound, "token_not_found", "There is no such API token.")
	ErrNoInvite  = fault.New(fault.NotFound, "invitation_not_found", "This invitation is not open any more.")
	ErrNoSession = fault.New(fault.NotFound, "session_not_found", "This device is not signed in any more.")

	ErrSlug        = fault.New(fault.Invalid, "bad_slug", "The address may have 3 to 40 small letters, digits and hyphens, and begins with a letter.").In("slug")
	ErrSlugTaken   = fault.New(fault.Conflict, "slug_taken", "This address is taken. Please choose another.").In("slug")
	ErrKind        = fault.New(fault.Invalid, "bad_account_kind", "Please choose merchant or agency.").In("kind")
	ErrState       = fault.New(fault.Invalid, "bad_account_state", "Please choose active or closed.").In("state")
	ErrNameMissing = fault.New(fault.Invalid, "name_missing", "Please give a name.").In("name")
	ErrTextTooLong = fault.New(fault.Invalid, "text_too_long", "This text is too long: at most {0} characters.")
	ErrLanguage    = fault.New(fault.Invalid, "bad_language", "Please choose one of the languages on offer.").In("language")
	ErrTimeZone    = fault.New(fault.Invalid, "bad_time_zone", "Please choose a time zone such as Asia/Shanghai.").In("time_zone")
	ErrColour      = fault.New(fault.Invalid, "bad_colour", "Please give the colour as #rrggbb.").In("colour")
	ErrOrigin      = fault.New(fault.Invalid, "bad_origin", "“{0}” is not the address of a site. It begins with https://, such as https://shop.example.com").In("origins")
	ErrOrigins     = fault.New(fault.Invalid, "too_many_origins", "At most {0} sites.", MaxOrigins).In("origins")

	ErrEmail      = fault.New(fault.Invalid, "bad_email", "This is not an email address.").In("email")
	ErrEmailTaken = fault.New(fault.Conflict, "email_taken", "Somebody with this email address is registered already.").In("email")
	ErrRole       = fault.New(fault.Invalid, "bad_role", "Please choose one of the roles.").In("role")
	ErrLastOwner  = fault.New(fault.Conflict, "last_owner", "An account needs an owner. Please make somebody else an owner first.")
	ErrElsewhere  = fault.New(fault.Conflict, "member_elsewhere", "This member also belongs to another account, so only the operator can reset the password.")
	ErrIsMember   = fault.New(fault.Conflict, "already_member", "This person is a member already.").In("email")
	ErrOtherOne   = fault.New(fault.Forbidden, "invited_other", "This invitation is for somebody else. Please sign in with the email address it was sent to.")

	ErrPasswordShort  = fault.New(fault.Invalid, "password_too_short", "The password needs at least {0} characters.", minPassword).In("password")
	ErrPasswordLong   = fault.New(fault.Invalid, "password_too_long", "The password may have at most {0} characters.", maxPassword).In("password")
	ErrPasswordCommon = fault.New(fault.Invalid, "password_too_common", "This password is too easy to guess. A few unrelated words make a good one.").In("password")

	ErrScopes    = fault.New(fault.Invalid, "bad_scopes", "Please choose what the token may do, among what you may do yourself.").In("scopes")
	ErrLifetime  = fault.New(fault.Invalid, "bad_lifetime", "A token lives for at most {0} days, or until it is revoked.", maxTokenDays).In("days")
	ErrCurrentPw = fault.New(fault.Invalid, "wrong_password", "The current password is not right.").In("current_password")
)

// tooManyAttempts tells after how many minutes, rounded up, to try again.
func tooManyAttempts(minutes int) error {
	return fault.New(fault.Limited, "too_many_attempts",
		"Too many attempts. Please try again in {0} min.", minutes)
}
