using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Backlog;

/// <summary>A broker with memory for two small messages, and a durable queue "q" on it.</summary>
internal sealed class ColdQueue : IDisposable
{
    internal static readonly VirtualHostLimits Limits = new() { ReadyMessageBytes = 1000, ColdExpiryStepMs = 0 };

    internal ColdQueue(string arguments = "", TestStore? store = null)
    {
        Broker = new TestBroker(store ?? new MemoryStore(new MemoryJournal(manualStepping: true)), new ManualClock(), Limits);
        Channel = Broker.Connect().OpenChannel();
        Declare("q", arguments);
    }

    internal TestBroker Broker { get; private set; }

    internal TestChannel Channel { get; private set; }

    internal MessageQueue Queue => Find("q");

    /// <summary>Entries of the queue in memory whose messages are in the journal alone.</summary>
    internal int Unloaded
    {
        get
        {
            int count = 0;
            for (QueueEntry? entry = Queue.First; entry is not null; entry = entry.Newer)
            {
                count += entry.Message is null ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>After checkpoints nothing is left in the journal but what came since.</summary>
    internal void ExpectNothingLives()
    {
        for (int i = 0; i < 40; i++)
        {
            Declare($"other{i}", "x-max-length=I:100000 x-message-ttl=I:1000000 x-dead-letter-exchange=S:somewhere");
        }

        var journal = (MemoryJournal)Broker.Journal;
        Assert.InRange(journal.RetainedBytes, 0, journal.BytesSinceCheckpoint);
    }

    internal static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from).Select(static i => $"m{i}")];

    internal MessageQueue Find(string name) => Broker.Host.FindQueue(TestChannel.Name(name))!;

    internal void Declare(string name, string arguments = "", bool durable = true)
    {
        Channel.Send(new QueueDeclare(TestChannel.Name(name), false, durable, false, false, NoWait: true, Fields.Table(arguments)));
        Broker.Sync();
    }

    /// <summary>Publishes messages, each on the disk before the next comes.</summary>
    internal void Fill(int from, int to, bool persistent = true, Func<int, Action<BasicPropertiesEditor>>? properties = null)
    {
        for (int i = from; i < to; i++)
        {
            Channel.Publish("q", $"m{i}", persistent: persistent, properties: properties?.Invoke(i));
            Broker.Sync();
        }
    }

    /// <summary>Publishes messages in one go, so that most of them come into one page.</summary>
    internal void FillAtOnce(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            Channel.Publish("q", $"m{i}", persistent: true);
        }

        Broker.Sync();
    }

    internal void Restart(bool inOrder = false)
    {
        TestBroker before = Broker;
        Broker = inOrder ? before.StopAndStart() : before.Restart();
        if (!inOrder)
        {
            before.Dispose();
        }

        Channel = Broker.Connect().OpenChannel();
    }

    public void Dispose() => Broker.Dispose();
}
