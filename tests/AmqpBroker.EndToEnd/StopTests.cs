using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AmqpBroker.EndToEnd;

/// <summary>How the process stops when it is told to.</summary>
public sealed class StopTests : IDisposable
{
    private const int TimeoutMs = 120_000;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = TimeoutMs)]
    [InlineData(BrokerProcess.Terminate)]
    [InlineData(BrokerProcess.Interrupt)]
    public async Task a_signal_closes_all_connections_with_320_and_the_process_ends_with_0(int signal)
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data);
        List<Task<ShutdownEventArgs>> ends = [];
        for (int i = 0; i < 3; i++)
        {
            IConnection connection = await Client.ConnectAsync(broker);
            ends.Add(EndOfAsync(connection));
        }

        broker.Signal(signal);
        foreach (ShutdownEventArgs end in await Task.WhenAll(ends).WaitAsync(Client.Wait))
        {
            Assert.Equal(
                (ShutdownInitiator.Peer, 320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"),
                (end.Initiator, end.ReplyCode, end.ReplyText));
        }

        Assert.Equal(0, await broker.ExitedAsync());
        Assert.Empty(broker.Errors.Lines);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_client_that_does_not_answer_holds_the_stop_up_for_the_shutdown_timeout_only()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(_folder.Data, "--shutdown-timeout", "1");
        using RawClient silent = await RawClient.OpenAsync(broker.Port);
        using RawClient stranger = await RawClient.ConnectAsync(broker.Port);
        Assert.Equal(0, await broker.StopAsync());
        Assert.Equal(320, (await silent.ReadConnectionCloseAsync())?.Code);
        Assert.Contains(broker.Output.Lines, line => line.Contains("Dropping 1 connections", StringComparison.Ordinal));
    }

    private static Task<ShutdownEventArgs> EndOfAsync(IConnection connection)
    {
        TaskCompletionSource<ShutdownEventArgs> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            ended.TrySetResult(reason);
            return Task.CompletedTask;
        };
        return ended.Task;
    }
}
