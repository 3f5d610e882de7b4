using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>What happens next in a <see cref="KeptHistory"/>.</summary>
internal enum KeptAct
{
    Delay,
    Deduplicate,
    Remember,
    Pass,
    SyncOne,
    Sync,
    Crash,
}

/// <summary>
/// A history of publishes to exchanges that keep messages and keys, of passing time, syncs, checkpoints and crashes. Whatever
/// it is: what was confirmed comes exactly once, nothing comes twice, and the journal gives back the state that is durable.
/// </summary>
internal sealed class KeptHistory : IDisposable
{
    private readonly HashSet<string> _confirmed = [];
    private TestBroker _broker;
    private TestChannel _channel;
    private Publishes _published;
    private int _lastId;

    private KeptHistory(TestStore store)
    {
        _broker = new TestBroker(store, new ManualClock());
        _channel = Open();
        _published = new Publishes(_confirmed);
    }

    /// <summary>Runs a history on an empty store and looks at what came of it.</summary>
    internal static void Run(TestStore store, IEnumerable<(KeptAct Act, int Number)> steps)
    {
        using var history = new KeptHistory(store);
        history.Declare();
        foreach ((KeptAct act, int number) in steps)
        {
            history.Do(act, number);
            history._published.Confirm(history._channel);
        }

        history.Check();
    }

    /// <summary>Ends the last broker; those before it ended with the crash.</summary>
    public void Dispose() => _broker.Dispose();

    private void Do(KeptAct act, int number)
    {
        switch (act)
        {
            case KeptAct.Delay:
                Publish($"delayed {++_lastId}", "delay", $"x-delay=I:{number * 10}");
                break;
            case KeptAct.Deduplicate:
                Publish($"key {number}", "once", $"x-deduplication-header=I:{number}");
                break;
            case KeptAct.Remember:
                Publish($"remembered {++_lastId}", "recent", "");
                break;
            case KeptAct.Pass:
                _broker.Advance(number * 5);
                break;
            case KeptAct.SyncOne:
                _broker.Store.RunOneGroup();
                _broker.RunScheduled();
                break;
            case KeptAct.Sync:
                _broker.Sync();
                break;
            default:
                Assert.Empty(_broker.Faults);
                _broker = _broker.Restart();
                Assert.Empty(_broker.Lost);
                _channel = Open();
                _published = new Publishes(_confirmed);
                break;
        }
    }

    private void Check()
    {
        _broker.Advance(1000);
        _broker.Sync();
        _published.Confirm(_channel);
        Assert.Equal(_broker.HashOfSecondCore(), DurableState.Hash(_broker.Host));
        string[] got = _channel.Drain("q");
        Assert.Equal(got.Length, got.Distinct().Count());
        Assert.Empty(_confirmed.Except(got));

        string[] remembered = [.. got.Where(b => b.StartsWith("remembered", StringComparison.Ordinal))];
        _channel.DeclareQueue("late");
        _channel.Bind("late", "recent");
        Assert.Equal(remembered.TakeLast(5), _channel.Drain("late"));
    }

    private TestChannel Open()
    {
        TestChannel channel = _broker.Connect().OpenChannel();
        channel.SelectConfirms();
        return channel;
    }

    private void Declare()
    {
        foreach ((string name, string type, string arguments) in new[]
        {
            ("delay", "x-delayed-message", "x-delayed-type=S:fanout"),
            ("once", "x-message-deduplication", "x-cache-size=I:1000"),
            ("recent", "x-recent-history", "x-recent-history-length=I:5"),
        })
        {
            _channel.Send(new ExchangeDeclare(TestChannel.Name(name), TestChannel.Name(type), Passive: false, Durable: true, AutoDelete: false, Internal: false, NoWait: true, Fields.Table(arguments)));
            _channel.Send(new QueueDeclare(TestChannel.Name("q"), Passive: false, Durable: true, Exclusive: false, AutoDelete: false, NoWait: true, FieldTable.Empty));
            _channel.Send(new QueueBind(TestChannel.Name("q"), TestChannel.Name(name), ShortString.Empty, NoWait: true, FieldTable.Empty));
        }

        _broker.Sync();
    }

    private void Publish(string body, string exchange, string headers)
    {
        _published.Bodies.Enqueue(body);
        _channel.Publish("", body, exchange, persistent: true, properties: p => p.SetHeaders(Fields.Table(headers)));
    }

    /// <summary>What was published on a channel and not confirmed yet.</summary>
    private sealed class Publishes(HashSet<string> confirmed)
    {
        private ulong _confirmed;

        internal Queue<string> Bodies { get; } = new();

        internal void Confirm(TestChannel channel)
        {
            while (channel.Client.ReceivedCount > 0)
            {
                BasicAck ack = channel.Client.Expect<BasicAck>();
                Assert.True(ack.Multiple || ack.DeliveryTag == _confirmed + 1);
                for (; _confirmed < ack.DeliveryTag; _confirmed++)
                {
                    confirmed.Add(Bodies.Dequeue());
                }
            }
        }
    }
}
