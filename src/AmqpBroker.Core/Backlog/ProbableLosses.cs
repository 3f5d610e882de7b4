namespace AmqpBroker.Core.Backlog;

/// <summary>
/// What damaged places of the log tell of one queue while it is replayed: what looks like records of messages there, numbers
/// that nothing is known of, and what looks like records of messages that ended. All of it may be wrong, and some of it is
/// settled by what stands behind the damage. One thread.
/// </summary>
internal sealed class ProbableLosses
{
    /// <summary>More than this between two numbers is no gap but nonsense, as damaged bytes may say anything.</summary>
    internal const int MostInOneGap = 1 << 20;

    private readonly HashSet<long> _messages = [];
    private readonly HashSet<long> _missing = [];
    private readonly HashSet<long> _ended = [];
    private readonly HashSet<long> _known = [];

    /// <summary>The end of the last gap that was looked at.</summary>
    internal long GapsSeenUpTo { get; private set; }

    /// <summary>A damaged record looks like one of a message.</summary>
    internal void NoteMessage(long sequence) => _messages.Add(sequence);

    /// <summary>A damaged record looks like one that ended messages.</summary>
    internal void NoteEnded(long first, long last)
    {
        for (long sequence = first; sequence <= last && last - first < MostInOneGap; sequence++)
        {
            _ended.Add(sequence);
        }
    }

    /// <summary>The first message behind a gap: what stands between it and the last one before was in the gap, or was never stored.</summary>
    internal void NoteGap(long gapEnd, long expected, long sequence)
    {
        GapsSeenUpTo = gapEnd;
        for (long missing = expected; missing < sequence && sequence - expected < MostInOneGap; missing++)
        {
            if (!_known.Contains(missing))
            {
                _missing.Add(missing);
            }
        }
    }

    /// <summary>It is there after all, or ended behind the damage.</summary>
    internal void Forget(long sequence)
    {
        _messages.Remove(sequence);
        _missing.Remove(sequence);
        _known.Add(sequence);
    }

    /// <summary>Everything up to there is gone for good reason, but what was unacknowledged.</summary>
    internal void Purge(long upTo, HashSet<long> kept)
    {
        _messages.RemoveWhere(s => s <= upTo && !kept.Contains(s));
        _missing.RemoveWhere(s => s <= upTo && !kept.Contains(s));
    }

    /// <summary>Says it, in words.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="isThere">Is this message served?</param>
    /// <param name="lost">Told.</param>
    internal void Tell(string queue, Func<long, bool> isThere, Action<string> lost)
    {
        _missing.ExceptWith(_messages);
        if (_messages.Count > 0)
        {
            lost($"{_messages.Count} messages of queue '{queue}' are probably lost: so many records of it can be made out in damaged places of the log, which are put aside");
        }

        if (_missing.Count > 0)
        {
            lost($"up to {_missing.Count} {(_messages.Count > 0 ? "more messages" : "messages")} of queue '{queue}' are missing from damaged places of the log; those that were not persistent count among them");
        }

        int back = _ended.Count(isThere);
        if (back > 0)
        {
            lost($"{back} messages of queue '{queue}' are served again, though they had probably been acknowledged or had otherwise ended: the records of that are damaged and put aside");
        }
    }
}
