/** Signing in, accounts, and what one may do. */
export const people = {
  "session.signIn": "Sign in",
  "session.signOut": "Sign out",
  "session.account": "Account",
  "session.name": "Name",
  "session.password": "Password",
  "session.byKey": "Use an API key instead",
  "session.choosePassword": "Choose another password",
  "session.oneUse": "This password was for one use. Choose your own to go on.",
  "session.before": "Present password",
  "session.after": "New password",
  "session.again": "New password again",
  "session.rule": "10 characters or more; a few words that you can remember do well.",
  "session.notAlike": "The two new passwords differ.",
  "session.choose": "Change the password",

  "key.explain": "Kept in this tab only.",
  "key.label": "API key",
  "key.save": "Use this key",
  "key.remove": "Forget the key",
  "key.refused": "The server does not know this key.",

  "people.viewer": "viewer",
  "people.operator": "operator",
  "people.planner": "planner",
  "people.administrator": "administrator",
  "people.everywhere": "all zones",

  "rights.signIn": "Sign in with the role {role} to act here.",
  "rights.tooLow": "Acting here needs the role {role}; an administrator can give it.",
} as const;
