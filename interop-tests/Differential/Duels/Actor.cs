using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <summary>One channel of a duel with what is unacknowledged on it. For one thread.</summary>
internal sealed class Actor(Ch ch)
{
    /// <summary>In an order that both brokers share: by step, then by consumer.</summary>
    private readonly List<(Delivery Delivery, int Step)> _unacked = [];
    private readonly Dictionary<string, bool> _noAck = [];

    public Ch Ch { get; } = ch;

    /// <summary>
    /// Whether messages of several consumers are held. RabbitMQ gives those back consumer by consumer and not in their order
    /// (<c>spec/errata.md</c>), so that steps which would give them back all at once are left out.
    /// </summary>
    public bool HoldsOfSeveral => _unacked.Select(u => u.Delivery.ConsumerTag).Distinct().Count() > 1;

    /// <summary>Notes a consumer: whether what it gets is to be acknowledged.</summary>
    public void NoteConsumer(string tag, bool noAck) => _noAck[tag] = noAck;

    /// <summary>Whether a consumer has this tag.</summary>
    public bool HasConsumer(string tag) => _noAck.ContainsKey(tag);

    /// <summary>Whether there are consumers.</summary>
    public bool HasConsumers => !Ch.IsClosed && !Ch.Peer.IsClosed && _noAck.Count > 0;

    /// <summary>Cancels a consumer, be there one or not.</summary>
    public void Cancel(string tag)
    {
        Ch.Cancel(tag);
        _noAck.Remove(tag);
    }

    /// <summary>Cancels all consumers.</summary>
    public void CancelAll()
    {
        foreach (string tag in _noAck.Keys.ToArray())
        {
            Cancel(tag);
        }
    }

    /// <summary>Notes a message that was fetched.</summary>
    public void NoteGot(Delivery delivery, int step) => _unacked.Add((delivery, step));

    /// <summary>Takes in what has been delivered.</summary>
    public void TakeDeliveries(int step)
    {
        foreach (Delivery delivery in Ch.TakeAll())
        {
            if (!_noAck.GetValueOrDefault(delivery.ConsumerTag))
            {
                _unacked.Add((delivery, step));
            }
        }
    }

    /// <summary>Takes one of the unacknowledged messages, by number; null without any.</summary>
    public ulong? TakeTag(int number)
    {
        Sort();
        if (_unacked.Count == 0)
        {
            return null;
        }

        ulong tag = _unacked[number % _unacked.Count].Delivery.Tag;
        _unacked.RemoveAt(number % _unacked.Count);
        return tag;
    }

    /// <summary>
    /// Takes all that came up to the step of one of them: several queues' deliveries of one step may come in any order, so
    /// that only the end of a step means the same to both brokers.
    /// </summary>
    public ulong? TakeTagsUpTo(int number)
    {
        Sort();
        if (_unacked.Count == 0)
        {
            return null;
        }

        int step = _unacked[number % _unacked.Count].Step;
        ulong tag = _unacked.Where(u => u.Step <= step).Max(u => u.Delivery.Tag);
        _unacked.RemoveAll(u => u.Step <= step);
        return tag;
    }

    /// <summary>All have been settled or given back.</summary>
    public void ForgetUnacked() => _unacked.Clear();

    /// <summary>With the channel goes all that it held.</summary>
    public void ForgetIfClosed()
    {
        if (Ch.IsClosed)
        {
            _unacked.Clear();
            _noAck.Clear();
            Ch.TakeAll();
        }
    }

    /// <summary>A round trip, if the channel is open.</summary>
    public void SyncIfOpen()
    {
        if (!Ch.IsClosed && !Ch.Peer.IsClosed)
        {
            Ch.Sync();
        }
    }

    private void Sort()
    {
        List<(Delivery, int)> sorted = [.. _unacked.OrderBy(u => u.Step).ThenBy(u => u.Delivery.ConsumerTag, StringComparer.Ordinal).ThenBy(u => u.Delivery.Tag)];
        _unacked.Clear();
        _unacked.AddRange(sorted);
    }
}
