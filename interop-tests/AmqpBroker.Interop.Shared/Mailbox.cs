using System.Collections.Concurrent;
using System.Threading.Channels;

namespace AmqpBroker.Interop.Shared;

/// <summary>
/// Keeps what one or several consumers receive, in the order of arrival, until a scenario takes it. Consumers may add from
/// any thread.
/// </summary>
/// <typeparam name="TMessage">A message as the client library gives it.</typeparam>
public sealed class Mailbox<TMessage>
{
    /// <summary>The limit of one wait.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    private readonly Channel<TMessage> _messages = Channel.CreateUnbounded<TMessage>();
    private readonly ConcurrentDictionary<string, int> _received = new();

    /// <summary>True if nothing waits to be taken.</summary>
    public bool IsEmpty => !_messages.Reader.TryPeek(out _);

    /// <summary>Adds what a consumer has received.</summary>
    public void Add(string consumerTag, TMessage message)
    {
        _received.AddOrUpdate(consumerTag, 1, (_, count) => count + 1);
        _messages.Writer.TryWrite(message);
    }

    /// <summary>How many messages a consumer has received so far, taken or not.</summary>
    public int ReceivedBy(string consumerTag) => _received.GetValueOrDefault(consumerTag);

    /// <summary>The next message.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public async Task<TMessage> TakeAsync()
    {
        using CancellationTokenSource timeout = new(Wait);
        try
        {
            return await _messages.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No message within {Wait}; {_received.Values.Sum()} came before.");
        }
    }

    /// <summary>The next messages.</summary>
    /// <exception cref="TimeoutException">One of them did not come in time.</exception>
    public async Task<List<TMessage>> TakeAsync(int count)
    {
        List<TMessage> messages = [];
        while (messages.Count < count)
        {
            messages.Add(await TakeAsync());
        }

        return messages;
    }
}
