using AmqpBroker.HistoryCheck;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>What clients write down says enough for the checker to find what is broken: each fault is planted once.</summary>
public sealed class ClientHistoryTests
{
    private static readonly MessageId s_first = new(0, 0);
    private static readonly MessageId s_second = new(0, 1);
    private readonly ClientHistory _history = new(["q", Traffic.Marks]);

    public ClientHistoryTests()
    {
        ClientChannel channel = _history.Open();
        Action declared = channel.Ask("declare queue q");
        declared();
        Action marks = channel.Ask($"declare queue {Traffic.Marks}");
        marks();
        channel.Publish(s_first, ["q"]);
        channel.Publish(s_second, ["q"]);
        channel.Confirm(s_first);
    }

    [Fact]
    public void a_history_without_a_fault_is_well()
    {
        Restart();
        Deliver(s_first);
        Assert.Empty(_history.Judge());
    }

    [Fact]
    public void a_confirmed_message_that_is_gone_is_lost()
    {
        Restart();
        _history.Open().Empty("q");
        Assert.Equal(Kinds.Lost, Assert.Single(_history.Judge()).Kind);
    }

    [Fact]
    public void an_acknowledged_message_that_comes_back_is_back()
    {
        ClientChannel channel = _history.Open();
        channel.Ack([channel.Deliver("q", s_first, redelivered: false, s_first.ToBody())]);
        channel.ConfirmOther(channel.PublishOther(Traffic.Marks));
        Restart();
        Deliver(s_first);
        Assert.Equal(Kinds.Back, Assert.Single(_history.Judge()).Kind);
    }

    [Fact]
    public void a_body_that_is_another_is_altered()
    {
        _history.Open().Deliver("q", s_first, redelivered: false, s_second.ToBody());
        Assert.Equal(Kinds.Altered, Assert.Single(_history.Judge()).Kind);
    }

    [Fact]
    public void what_comes_from_a_run_that_is_over_is_not_written()
    {
        ClientChannel before = _history.Open();
        Restart();
        before.Deliver("q", s_first, redelivered: false, s_second.ToBody());
        Assert.Empty(_history.Judge());
    }

    private void Restart()
    {
        _history.Crash();
        _history.Up();
    }

    private void Deliver(MessageId id) => _history.Open().Deliver("q", id, redelivered: true, id.ToBody());
}
