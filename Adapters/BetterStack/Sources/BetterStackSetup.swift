/// What a person sets up at Better Stack, as `opensense-relay setup` prints it.
enum BetterStackSetup {
    /// The rules and fields of an incoming webhook.
    ///
    /// Their words are those of the vendor's Terraform provider; the labels of its pages may differ.
    static let webhook = """
        At Better Stack, once: Integrations → Incoming webhooks → add one. It needs these rules and fields;
        the names in brackets are those of the Terraform resource betteruptime_incoming_webhook.

        Rules, each on the JSON field status with "equals":

          start an incident        (started_rule_type all)        status equals started
          acknowledge an incident  (acknowledged_rule_type all)   status equals acknowledged
          resolve an incident      (resolved_rule_type all)       status equals resolved

        Fields, each from the JSON, taken whole ("match everything"):

          Alert ID, in all three   (started_alert_id_field,       alert_id
                                    acknowledged_alert_id_field,
                                    resolved_alert_id_field)
          Title                    (title_field)                  title
          Cause                    (cause_field)                  cause
          further fields, optional (other_started_fields)         severity, place, note, link,
                                                                  delivery_id

        Recovery period            (recovery_period)              0
        Paused                     (paused)                       no
        Who is alerted, and how: call, SMS, e-mail, push or an escalation policy, as you like.

        A recovery period other than 0 would resolve an alarm that goes on. Without the Alert ID every repeated
        request pages again, and nothing is resolved. A request with status updated says that an open
        alarm has changed; leave it without a rule, or it starts an incident.

        Set BETTER_STACK_WEBHOOK_URL to the webhook's address, or "url" of the destination to "env:NAME" or
        "file:PATH". Then open and clear an alarm, and see one incident start and end: a webhook whose rules
        do not match takes every request and does nothing.
        """

    /// Where the token and the other settings of the incidents API are found.
    static let incidents = """
        The adapter better-stack, with an incoming webhook, is the better choice where one can be set up: the
        incidents API takes a repeated request for another incident.

        1. Better Stack → API tokens → Uptime API tokens: copy the token of the team. With a global token set
           BETTER_STACK_TEAM_NAME as well.
        2. Team members: choose the member in whose name incidents are created.
        3. Optional, Escalation policies → the policy: the number at the end of its address in the browser is
           BETTER_STACK_POLICY_ID. Without it the person on call is alerted.

        Set BETTER_STACK_API_TOKEN to the token and BETTER_STACK_REQUESTER_EMAIL to the member's e-mail address,
        or "apiToken" and "requesterEmail" of the destination. A new incident calls and sends a text message,
        an e-mail and a push notification; "call", "sms", "email" and "push" turn each off with "no", and
        "criticalAlert" with "yes" sends the push past the mute switch.
        """
}
