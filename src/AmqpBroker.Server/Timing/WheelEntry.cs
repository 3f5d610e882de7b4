namespace AmqpBroker.Server.Timing;

/// <summary>Something with a deadline; it is its own place in the wheel, so scheduling allocates nothing.</summary>
internal abstract class WheelEntry
{
    internal WheelEntry? Next { get; set; }

    internal WheelEntry? Previous { get; set; }

    internal WheelEntry? DueNext { get; set; }

    internal int SlotIndex { get; set; } = -1;

    internal long DueMs { get; set; }

    /// <summary>The deadline has come; the entry is out of the wheel until it is scheduled again. Must be brief and must not throw.</summary>
    internal abstract void OnDue(long nowMs);
}
