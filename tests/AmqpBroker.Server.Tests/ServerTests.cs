using System.Net;
using System.Net.Sockets;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AmqpBroker.Server.Tests;

/// <summary>The server on real sockets: ports, limits, shutdown.</summary>
public sealed class ServerTests
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task The_shutdown_says_320_to_all_and_drops_who_does_not_answer()
    {
        using Broker broker = OpenBroker();
        await using AmqpServer server = Start(broker, new ServerOptions { ShutdownTimeoutMs = 300 });
        using Socket polite = await OpenAsync(server);
        using Socket silent = await OpenAsync(server);
        Task stopping = server.StopAsync();
        byte[] close = await ReadAsync(polite, 12);
        Assert.Equal([1, 0, 0], close[..3]);
        Assert.Equal([0, 10, 0, 50, 1, 64], close[7..13]);
        string text = System.Text.Encoding.ASCII.GetString(await ReadAsync(polite, 50));
        Assert.Contains("CONNECTION_FORCED - broker forced connection", text, StringComparison.Ordinal);
        await polite.SendAsync(TestClient.MethodBytes(0, default(ConnectionCloseOk)), TestContext.Current.CancellationToken);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, server.ConnectionCount);
        await ReadToEndAsync(silent);
    }

    [Fact]
    public async Task Clients_far_beyond_the_limit_are_dropped_and_the_others_go_on()
    {
        using Broker broker = OpenBroker();
        await using AmqpServer server = Start(broker, new ServerOptions { MaxConnections = 1, ShutdownTimeoutMs = 100 });
        using Socket first = await OpenAsync(server);
        var others = new List<Socket>();
        for (int i = 0; i < AmqpServer.HandshakesBeyondLimit + 1; i++)
        {
            var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            others.Add(other);
            await other.ConnectAsync(server.Endpoints[0], TestContext.Current.CancellationToken);
        }

        await ReadToEndAsync(others[^1]);
        others.ForEach(static o => o.Dispose());
        await first.SendAsync(TestClient.MethodBytes(1, default(ChannelOpen)));
        Assert.Equal([1, 0, 1], (await ReadAsync(first, 3))[..3]);
    }

    [Fact]
    public async Task An_operator_closes_a_connection_by_its_name()
    {
        using Broker broker = OpenBroker();
        await using AmqpServer server = Start(broker, new ServerOptions { ShutdownTimeoutMs = 100 });
        using Socket socket = await OpenAsync(server);
        using Socket other = await OpenAsync(server);
        Assert.False(server.CloseConnection("nobody", "because"));
        Assert.True(server.CloseConnection($"{socket.LocalEndPoint} -> {socket.RemoteEndPoint}", "because"));
        byte[] close = await ReadAsync(socket, 40);
        Assert.Equal([0, 10, 0, 50, 1, 64], close[7..13]);
        Assert.Contains("CONNECTION_FORCED - because", System.Text.Encoding.ASCII.GetString(close), StringComparison.Ordinal);
        await other.SendAsync(TestClient.MethodBytes(1, default(ChannelOpen)));
        Assert.Equal([1, 0, 1], (await ReadAsync(other, 3))[..3]);
    }

    [Fact]
    public async Task A_busy_port_is_noticed_and_leaves_no_other_taken()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(s_anyPort);
        taken.Listen();
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(s_anyPort);
        var freePoint = (IPEndPoint)free.LocalEndPoint!;
        free.Dispose();
        await using var server = new AmqpServer(
            new ServerOptions { Listen = [freePoint, (IPEndPoint)taken.LocalEndPoint!] }, NullLogger<AmqpServer>.Instance);
        Assert.Contains(taken.LocalEndPoint!.ToString()!, Assert.Throws<IOException>(server.Bind).Message, StringComparison.Ordinal);
        Assert.Empty(server.Endpoints);
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(freePoint);
    }

    [Fact]
    public async Task A_large_message_goes_through_a_real_socket_both_ways()
    {
        using Broker broker = OpenBroker();
        await using AmqpServer server = Start(broker, new ServerOptions { ShutdownTimeoutMs = 100 });
        using Socket socket = await OpenAsync(server);
        await socket.SendAsync(TestClient.MethodBytes(1, default(ChannelOpen)));
        await ReadAsync(socket, 16);
        await socket.SendAsync(TestClient.MethodBytes(1, new QueueDeclare(ShortString.FromString("q"), false, false, false, false, true, FieldTable.Empty)));
        byte[] body = new byte[15_000_000];
        new Random(1).NextBytes(body);
        Task<byte[]> reading = ReadAsync(socket, body.Length);
        await socket.SendAsync(TestClient.PublishBytes(1, "", "q", body));
        await socket.SendAsync(TestClient.MethodBytes(1, new BasicGet(ShortString.FromString("q"), true)));
        byte[] all = await reading;
        int at = all.AsSpan().IndexOf(body.AsSpan(0, 64));
        Assert.InRange(at, 40, 100);
        for (int read = 0; read < 10_000_000;)
        {
            int frame = Math.Min(131064, 10_000_000 - read);
            Assert.True(all.AsSpan(at, frame).SequenceEqual(body.AsSpan(read, frame)));
            read += frame;
            at += frame + 8;
        }
    }

    private static Broker OpenBroker() =>
        Broker.Open(new BrokerOptions(), new MemoryJournals(), TimeProvider.System, static e => throw e);

    private static AmqpServer Start(Broker broker, ServerOptions options)
    {
        var server = new AmqpServer(options with { Listen = [s_anyPort] }, NullLogger<AmqpServer>.Instance);
        server.Bind();
        server.Start(broker, new TestGauge());
        return server;
    }

    /// <summary>A socket with an open connection; the server's answers up to open-ok are read.</summary>
    private static async Task<Socket> OpenAsync(AmqpServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Endpoints[0]);
        byte[] script =
        [
            .. ProtocolHeader.Amqp091,
            .. TestClient.MethodBytes(0, TestClient.StartOk()),
            .. TestClient.MethodBytes(0, new ConnectionTuneOk(2047, 131072, 0)),
            .. TestClient.MethodBytes(0, new ConnectionOpen(ShortString.FromString("/"))),
        ];
        await socket.SendAsync(script);
        byte[] openOk = [0, 10, 0, 41, 0, AmqpConstants.FrameEnd];
        var read = new List<byte>();
        byte[] one = new byte[1];
        while (read.Count < openOk.Length || !read.TakeLast(openOk.Length).SequenceEqual(openOk))
        {
            Assert.Equal(1, await socket.ReceiveAsync(one));
            read.Add(one[0]);
        }

        return socket;
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int atLeast)
    {
        byte[] bytes = new byte[atLeast + 100_000];
        int read = 0;
        while (read < atLeast)
        {
            int count = await socket.ReceiveAsync(bytes.AsMemory(read, Math.Min(bytes.Length - read, atLeast + 1 - read))).WaitAsync();
            Assert.NotEqual(0, count);
            read += count;
        }

        return bytes[..read];
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        byte[] bytes = new byte[1000];
        try
        {
            while (await socket.ReceiveAsync(bytes).WaitAsync() > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Dropped is dropped.
        }
    }
}

file static class Waiting
{
    public static Task<int> WaitAsync(this ValueTask<int> read) => read.AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public static Task<int> WaitAsync(this Task<int> read) => read.WaitAsync(TimeSpan.FromSeconds(30));
}
