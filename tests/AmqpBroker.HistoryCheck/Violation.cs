namespace AmqpBroker.HistoryCheck;

/// <summary>A promise that was broken.</summary>
/// <param name="Line">The line of the history that shows it.</param>
/// <param name="Kind">One of the words of <see cref="Kinds"/>.</param>
/// <param name="Text">What happened, in words.</param>
public sealed record Violation(int Line, string Kind, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}: {Kind}: {Text}";
}

/// <summary>The promises, by the word that names their breach.</summary>
public static class Kinds
{
    /// <summary>A confirmed message is not in its queue although nobody settled it; or an unconfirmed one vanished without a crash.</summary>
    public const string Lost = "lost";

    /// <summary>What was settled or has ended, certainly durably, is there again.</summary>
    public const string Back = "back";

    /// <summary>A message was delivered while another delivery of it was open, or stands in two places.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>A message was delivered before one that stood before it in the queue.</summary>
    public const string Order = "order";

    /// <summary>A message that nobody sent, or in a queue it was never sent to.</summary>
    public const string Unknown = "unknown";

    /// <summary>A body other than the one that was sent.</summary>
    public const string Altered = "altered";

    /// <summary>A definition that was answered with -ok is gone.</summary>
    public const string Missing = "missing";

    /// <summary>A definition is there that must not be.</summary>
    public const string Undead = "undead";

    /// <summary>A crash kept a part of what belongs together, or something later and lost something earlier of the same channel.</summary>
    public const string Torn = "torn";

    /// <summary>A delivery tells another number of returns than there were.</summary>
    public const string Count = "count";

    /// <summary>A dead letter tells another number of deaths than it had.</summary>
    public const string Deaths = "deaths";

    /// <summary>A second delivery not marked as such, or a first one marked without a crash before.</summary>
    public const string Redelivered = "redelivered";

    /// <summary>A message was delivered after its time.</summary>
    public const string Late = "late";

    /// <summary>A confirm or -ok without its question, or a second one.</summary>
    public const string Answer = "answer";

    /// <summary>Something was never answered.</summary>
    public const string Unanswered = "unanswered";

    /// <summary>A message was returned as unroutable although it has queues.</summary>
    public const string Returned = "returned";
}
