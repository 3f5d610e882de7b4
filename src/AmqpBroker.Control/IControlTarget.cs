namespace AmqpBroker.Control;

/// <summary>What the control socket asks of the broker. Any thread.</summary>
public interface IControlTarget
{
    /// <summary>How it is.</summary>
    ControlStatus Status { get; }

    /// <summary>
    /// Holds all journals' files as they are, so that they can be copied, until the result is disposed; blocks for a moment.
    /// Null when they are held by another.
    /// </summary>
    IHeldJournals? HoldJournals();
}

/// <summary>The files of all journals, held.</summary>
public interface IHeldJournals : IDisposable
{
    /// <summary>The journals with their files.</summary>
    IReadOnlyList<JournalListing> Journals { get; }
}
