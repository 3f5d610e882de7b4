using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Damage;

/// <summary>What is lost with a damaged place of the log is told by queue and count, as far as it can be made out.</summary>
public sealed class LogDamageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-log-damage-").FullName;
    private readonly FileStore _store;
    private readonly TestBroker _broker;
    private readonly TestChannel _channel;

    public LogDamageTests()
    {
        _store = new FileStore(Path.Combine(_directory, "vhost"), new Replay(new VirtualHost(ShortString.FromString("/"), static _ => { })));
        _broker = new TestBroker(_store, new ManualClock());
        _channel = _broker.Connect().OpenChannel();
        foreach (string queue in (string[])["q", "other"])
        {
            _channel.Send(new QueueDeclare(TestChannel.Name(queue), false, true, false, false, NoWait: true, FieldTable.Empty));
        }

        Sync("q", "first", "other", "first");
    }

    [Fact]
    public void Records_that_can_be_made_out_are_counted_by_queue()
    {
        Sync("q", "m1", "q", "m2", "other", "o1", "q", "m3");
        Sync("q", "behind", "other", "behind");
        Damage("m3"u8);

        using TestBroker again = _broker.Restart();
        Assert.Equal(
            ["3 messages of queue 'q' are probably lost", "1 messages of queue 'other' are probably lost"],
            again.Lost.Select(static l => l[..l.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Equal(["first", "behind"], again.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void Where_nothing_can_be_made_out_the_numbers_of_messages_tell_how_many_are_missing_at_most()
    {
        Sync("q", "m1", "q", "m2", "other", "o1", "q", "m3");
        Sync("q", "behind");
        Overwrite("m1"u8, before: 60, behind: 40);

        using TestBroker again = _broker.Restart();
        Assert.StartsWith("up to 3 messages of queue 'q' are missing", again.Lost[0]);
        Assert.Equal(["first", "behind"], again.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void What_was_acknowledged_behind_the_damage_is_not_lost()
    {
        Sync("q", "m1", "q", "m2");
        _channel.Get("q");
        _channel.Get("q", noAck: true);
        Sync("q", "behind");
        Damage("m2"u8);

        using TestBroker again = _broker.Restart();
        Assert.StartsWith("1 messages of queue 'q' are probably lost", Assert.Single(again.Lost));
    }

    [Fact]
    public void Messages_that_come_back_since_their_end_is_damaged_are_told()
    {
        Sync("q", "m1", "q", "m2");
        _channel.Get("q");
        _channel.Client.Run(b =>
        {
            b.Method(_channel.Session, new BasicGet(TestChannel.Name("q"), NoAck: true));
            b.Method(_channel.Session, new BasicGet(TestChannel.Name("q"), NoAck: true));
            b.Publish(_channel.Session, TestChannel.NewMessage("", "q", "with the ends", persistent: true), mandatory: false, immediate: false);
        });
        _broker.Sync();
        Sync("q", "behind");
        Damage("with the ends"u8);

        using TestBroker again = _broker.Restart();
        Assert.StartsWith("1 messages of queue 'q' are probably lost", again.Lost[0]);
        Assert.StartsWith("2 messages of queue 'q' are served again", again.Lost[1]);
        Assert.Equal(["first", "m1", "m2", "behind"], again.Connect().OpenChannel().Drain("q"));
    }

    public void Dispose()
    {
        _broker.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Publishes as one batch.</summary>
    private void Sync(params string[] queuesAndBodies)
    {
        _channel.Client.Run(b =>
        {
            foreach (string[] one in queuesAndBodies.Chunk(2))
            {
                b.Publish(_channel.Session, TestChannel.NewMessage("", one[0], one[1], persistent: true), mandatory: false, immediate: false);
            }
        });
        _broker.Sync();
    }

    /// <summary>Flips a bit of a body before the next start.</summary>
    private void Damage(ReadOnlySpan<byte> body) => Change(body.ToArray(), static (bytes, at) => bytes[at] ^= 4);

    private void Overwrite(ReadOnlySpan<byte> body, int before, int behind) => Change(body.ToArray(), (bytes, at) => bytes.AsSpan(at - before, before + behind).Clear());

    private void Change(byte[] body, Action<byte[], int> change) => _store.Damage = () =>
    {
        foreach (string path in Directory.GetFiles(_store.Directory, "*.log"))
        {
            byte[] bytes = File.ReadAllBytes(path);
            int at = bytes.AsSpan().IndexOf(body);
            if (at >= 0)
            {
                change(bytes, at);
                File.WriteAllBytes(path, bytes);
                return;
            }
        }

        Assert.Fail("No file holds the body.");
    };
}
