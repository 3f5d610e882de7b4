using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>Heartbeats both ways, on a clock of the test's.</summary>
public sealed class HeartbeatTests
{
    [Fact]
    public async Task The_server_sends_one_after_half_the_interval_and_again()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        Task<ReceivedFrame?> frame = client.ReadFrameAsync();
        server.Pass(4_500);
        Assert.False(frame.IsCompleted);
        server.Pass(1_000);
        Assert.Equal("heartbeat", (await frame)!.Name);
        frame = client.ReadFrameAsync();
        server.Pass(5_500);
        Assert.Equal("heartbeat", (await frame)!.Name);
    }

    [Fact]
    public async Task A_client_silent_for_two_intervals_is_dropped()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        server.Pass(19_000);
        Assert.False(client.Connection.HasEnded);
        server.Pass(1_500);
        await client.Ended;
        Assert.Contains(server.Log.Lines, line => line.Contains("missed heartbeats from client, timeout: 10s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_octet_is_a_sign_of_life()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 10);
        await client.OpenChannelAsync(1);
        server.Pass(15_000);
        await client.SendAsync(1, new BasicQos(0, 1, false));
        while ((await client.ReadFrameAsync())!.Name != "basic.qos-ok")
        {
        }

        server.Pass(15_000);
        Assert.False(client.Connection.HasEnded);
    }

    [Fact]
    public async Task Without_an_interval_silence_is_fine()
    {
        using var server = new TestServer();
        TestClient client = await server.OpenAsync(heartbeat: 0);
        server.Pass(600_000);
        await client.OpenChannelAsync(1);
    }
}
