using System.Globalization;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>What happens on one channel, written into the history. Requests are written before they are sent, answers when they came.</summary>
internal sealed class ClientChannel(ClientHistory history, string name, int life)
{
    /// <summary>More than any publisher sends.</summary>
    private const long MessagesOfOne = 10_000_000;

    public static long NumberOf(MessageId id) => ((id.Publisher + 1) * MessagesOfOne) + id.Sequence;

    public void Publish(MessageId id, IReadOnlyList<string> queues) => Write($"publish {NumberOf(id)} {name} {string.Join(',', queues)} persistent confirm body={HashOf(id.ToBody())}");

    public void Confirm(MessageId id) => Write($"confirm {NumberOf(id)}");

    /// <summary>A message of which nothing is of interest but its confirm. Gives its number.</summary>
    public long PublishOther(string queue)
    {
        long number = history.NextOther();
        Write($"publish {number} {name} {queue} persistent confirm");
        return number;
    }

    public void ConfirmOther(long number) => Write($"confirm {number}");

    /// <summary>Gives the delivery's number.</summary>
    public int Deliver(string queue, MessageId id, bool redelivered, ReadOnlySpan<byte> body)
    {
        int number = history.NextDelivery();
        Write($"deliver {number} {name} {queue} {NumberOf(id)}{(redelivered ? " redelivered" : "")} body={HashOf(body)}");
        return number;
    }

    public void Ack(IEnumerable<int> deliveries)
    {
        foreach (int number in deliveries)
        {
            Write($"ack {number}");
        }
    }

    /// <summary>A request that is answered: gives what to call when it was.</summary>
    public Action Ask(string what)
    {
        int number = history.NextQuestion();
        Write($"ask {number} {name} {what}");
        return () => Write($"ok {number}");
    }

    public void Empty(string queue) => Write($"empty {queue}");

    public void End() => Write($"end {name}");

    private static string HashOf(ReadOnlySpan<byte> body)
    {
        uint hash = 2166136261;
        foreach (byte b in body)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash.ToString("x8", CultureInfo.InvariantCulture);
    }

    private void Write(FormattableString line) => history.Write(life, line.ToString(CultureInfo.InvariantCulture));
}
