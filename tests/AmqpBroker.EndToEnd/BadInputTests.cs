using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd;

/// <summary>
/// What strangers and broken clients may send: each gets the right close or a closed socket, the log names the peer, and a
/// client that does nothing wrong is served all along.
/// </summary>
public sealed class BadInputTests(BadInputTests.Fixture fixture) : IClassFixture<BadInputTests.Fixture>
{
    private const int TimeoutMs = 120_000;

    /// <summary>How far a client has come before it goes wrong.</summary>
    public enum Stage
    {
        Connected,
        HeaderSent,
        LoggedIn,
        Open,
        ChannelOpen,
    }

    /// <summary>Name, stage, bytes, and the code and the beginning of the text of the connection.close that they earn.</summary>
    public static TheoryData<string, Stage, byte[], int, string> Faults => new()
    {
        { "a bad end octet", Stage.Open, Wire.Frame(Wire.MethodFrame, 1, [0, 20, 0, 10, 0], end: 0x55), 501, "FRAME_ERROR - type 1," },
        { "a frame that is too large", Stage.Open, [3, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF], 501, "FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,2147483647,131064}" },
        { "a frame length beyond all numbers", Stage.Open, [3, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], 501, "FRAME_ERROR - type 3" },
        { "an unknown frame type", Stage.Open, Wire.Frame(7, 0, "1234567890"u8.ToArray()), 501, "FRAME_ERROR - type 7" },
        { "a frame that is too large before the login", Stage.HeaderSent, [1, 0, 0, 0x10, 0, 0, 0], 501, "FRAME_ERROR - type 1" },
        { "a heartbeat on a channel", Stage.ChannelOpen, Wire.Frame(8, 1, []), 505, "UNEXPECTED_FRAME - type 8" },
        { "a method frame without a method", Stage.Open, Wire.Frame(Wire.MethodFrame, 0, [0, 10]), 501, "" },
        { "an unknown class", Stage.ChannelOpen, Wire.Method(1, 999, 1), 503, "COMMAND_INVALID - unimplemented method" },
        { "an unknown method", Stage.ChannelOpen, Wire.Method(1, 60, 999), 503, "COMMAND_INVALID - unimplemented method" },
        { "an unknown method of the connection", Stage.Open, Wire.Method(0, 10, 999), 503, "COMMAND_INVALID - unimplemented method" },
        { "a method of the server's", Stage.ChannelOpen, Wire.Method(1, 20, 11, Wire.Long([])), 503, "" },
        { "a method on a channel that is not open", Stage.Open, Wire.Publish(9, "q"), 504, "CHANNEL_ERROR - expected 'channel.open'" },
        { "a channel opened twice", Stage.ChannelOpen, Wire.ChannelOpen(1), 504, "CHANNEL_ERROR - second 'channel.open' seen" },
        { "a body without a method", Stage.ChannelOpen, Wire.Body(1, 10), 505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead" },
        { "a header without a method", Stage.ChannelOpen, Wire.Header(1, 10), 505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead" },
        { "a method in place of a header", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Publish(1, "q")], 505, "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead" },
        { "a header of another class", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Header(1, 1, classId: 3106)], 505, "UNEXPECTED_FRAME - expected content header for class 60, got one for class 3106 instead" },
        { "a method in place of a body", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Header(1, 10), .. Wire.Publish(1, "q")], 505, "UNEXPECTED_FRAME - expected content body, got non content body frame instead" },
        { "a body longer than announced", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Header(1, 10), .. Wire.Body(1, 11)], 501, "FRAME_ERROR" },
        { "a body size beyond all numbers", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Header(1, ulong.MaxValue)], 501, "FRAME_ERROR - content body size 18446744073709551615 exceeds maximum" },
        { "properties that end too early", Stage.ChannelOpen, [.. Wire.Publish(1, "q"), .. Wire.Frame(Wire.HeaderFrame, 1, [0, 60, 0, 0, .. Wire.U64(0), 0x80, 0, 200, 1])], 0, "" },
        { "a table longer than its frame", Stage.ChannelOpen, Wire.QueueDeclare(1, "q", [0x7F, 0xFF, 0xFF, 0xFF, 1]), 0, "" },
        { "a table of negative length", Stage.ChannelOpen, Wire.QueueDeclare(1, "q", [0xFF, 0xFF, 0xFF, 0xFF]), 0, "" },
        { "a string longer than its table", Stage.ChannelOpen, Wire.QueueDeclare(1, "q", Wire.Table(Wire.Field("x", 'S', [0, 0, 0xFF, 0xFF, 1]))), 0, "" },
        { "a value of an unknown type", Stage.ChannelOpen, Wire.QueueDeclare(1, "q", Wire.Table(Wire.Field("x", '?', [1]))), 0, "" },
        { "tables in tables, ten thousand deep", Stage.ChannelOpen, Wire.QueueDeclare(1, "q", DeepTable(10_000)), 0, "" },
        { "a short string that ends too early", Stage.ChannelOpen, Wire.Method(1, 60, 40, Wire.U16(0), [255, 65]), 0, "" },
        { "a login in the wrong state", Stage.Open, Wire.StartOk(), 504, "CHANNEL_ERROR - unexpected method in connection state running" },
        { "an open before the login", Stage.HeaderSent, Wire.ConnectionOpen(), 504, "CHANNEL_ERROR - unexpected method in connection state starting" },
        { "a channel before the open", Stage.LoggedIn, Wire.ChannelOpen(1), 0, "" },
        { "an unknown mechanism", Stage.HeaderSent, Wire.StartOk("GUESS", "x"), 503, "COMMAND_INVALID - unknown authentication mechanism 'GUESS'" },
        { "a malformed login", Stage.HeaderSent, Wire.StartOk("PLAIN", "no nul in it"), 502, "SYNTAX_ERROR" },
        { "a frame_max below the minimum", Stage.LoggedIn, Wire.TuneOk(frameMax: 100), 530, "NOT_ALLOWED - negotiated frame_max = 100 is lower than the minimum allowed value (4096)" },
        { "a frame_max above the offer", Stage.LoggedIn, Wire.TuneOk(frameMax: 1_000_000), 530, "NOT_ALLOWED - negotiated frame_max = 1000000 is higher than the maximum allowed value (131072)" },
        { "an unknown virtual host", Stage.LoggedIn, [.. Wire.TuneOk(), .. Wire.ConnectionOpen("nowhere")], 530, "NOT_ALLOWED - vhost nowhere not found" },
    };

    /// <summary>Name, first bytes, and what the log calls them.</summary>
    public static TheoryData<string, byte[], string> Strangers => new()
    {
        { "HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), "an HTTP request" },
        { "TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 1, 2, 3], "a TLS handshake" },
        { "AMQP 1.0", [.. "AMQP"u8, 0, 1, 0, 0], "AMQP 0 1 0 0" },
        { "AMQP 1.0 with SASL", [.. "AMQP"u8, 3, 1, 0, 0], "AMQP 3 1 0 0" },
        { "AMQP 0-8", [.. "AMQP"u8, 1, 1, 8, 0], "AMQP 1 1 8 0" },
        { "SSH", "SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), "octets 5353482D" },
        { "zeros", new byte[64], "octets 0000" },
    };

    [Theory(Timeout = TimeoutMs)]
    [MemberData(nameof(Faults))]
    public async Task a_fault_closes_its_connection_with_its_code_and_a_log_line(string name, Stage stage, byte[] bytes, int code, string text)
    {
        using RawClient client = await fixture.ClientAtAsync(stage);
        await client.SendAsync(bytes);
        RawClose? close = await client.ReadConnectionCloseAsync();
        Assert.True(close is not null, $"After {name} the socket was closed without a word.");
        if (code == 0)
        {
            // Undecodable arguments: RabbitMQ says one or the other, by where its parser gives up.
            Assert.Contains(close.Code, (int[])[501, 502, 504, 505]);
        }
        else
        {
            Assert.Equal(code, close.Code);
        }

        Assert.StartsWith(text, close.Text);
        await client.SendAsync(Wire.ConnectionCloseOk());
        Assert.Null(await client.ReadFrameAsync());
        await fixture.LogNamesAsync(client, "Bad input");
        await fixture.AssertHealthyAsync();
    }

    [Theory(Timeout = TimeoutMs)]
    [MemberData(nameof(Strangers))]
    public async Task another_protocol_is_answered_with_the_header_of_ours_and_a_closed_socket(string name, byte[] bytes, string logged)
    {
        using RawClient client = await RawClient.ConnectAsync(fixture.Broker.Port);
        await client.SendAsync(bytes);
        byte[] answer = await client.ReadToEndAsync();
        Assert.True(answer.SequenceEqual(Wire.ProtocolHeader), $"{name} got another answer: {Convert.ToHexString(answer)}");
        await fixture.LogNamesAsync(client, logged);
        await fixture.AssertHealthyAsync();
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(Stage.HeaderSent)]
    [InlineData(Stage.Open)]
    [InlineData(Stage.ChannelOpen)]
    public async Task a_client_that_goes_in_the_middle_of_a_frame_is_forgotten(Stage stage)
    {
        using RawClient client = await fixture.ClientAtAsync(stage);
        await client.SendAsync(Wire.QueueDeclare(1, "half")[..9]);
        client.EndSending();
        Assert.Empty(await client.ReadToEndAsync());
        await fixture.LogNamesAsync(client, "client unexpectedly closed", "closed by client");
        await fixture.AssertHealthyAsync();
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("guest", "wrong")]
    [InlineData("nobody", "guest")]
    [InlineData("guest", "")]
    public async Task a_refused_login_ends_after_a_wait_and_is_logged(string user, string password)
    {
        using RawClient client = await fixture.ClientAtAsync(Stage.HeaderSent);
        await client.SendAsync(Wire.StartOk("PLAIN", $"\0{user}\0{password}"));
        // This client does not say that it knows the close for it: it only loses its socket.
        Assert.Empty(await client.ReadToEndAsync());
        await fixture.LogNamesAsync(client, "Login refused");
        await fixture.AssertHealthyAsync();
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(Stage.Connected)]
    [InlineData(Stage.HeaderSent)]
    [InlineData(Stage.LoggedIn)]
    public async Task a_handshake_that_does_not_get_on_is_ended(Stage stage)
    {
        using RawClient client = await fixture.ClientAtAsync(stage);
        await client.SendAsync(stage == Stage.Connected ? Wire.ProtocolHeader[..5] : Wire.TuneOk()[..5]);
        Assert.Empty(await client.ReadToEndAsync());
        if (stage != Stage.Connected)
        {
            await fixture.LogNamesAsync(client, "handshake timeout");
        }

        await fixture.AssertHealthyAsync();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_handshake_byte_by_byte_gets_no_more_time()
    {
        using RawClient client = await RawClient.ConnectAsync(fixture.Broker.Port);
        Task<byte[]> end = client.ReadToEndAsync();
        byte[] handshake = [.. Wire.ProtocolHeader, .. Wire.StartOk()];
        int sent = 0;
        while (!end.IsCompleted && sent < handshake.Length - 1)
        {
            try
            {
                await client.SendAsync([handshake[sent++]]);
            }
            catch (IOException)
            {
                break;
            }

            // waits because it is the slowness that is tested; the end of the connection ends the wait
            await Task.WhenAny(end, Task.Delay(100));
        }

        await end;
        Assert.True(sent < handshake.Length - 1, "The broker took the whole handshake.");
        await fixture.AssertHealthyAsync();
    }

    /// <summary>A broker with short limits for handshakes, and a client of it that does nothing wrong.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private readonly TestFolder _folder = new();
        private IConnection _connection = null!;
        private IChannel _channel = null!;
        private Inbox _inbox = null!;

        internal BrokerProcess Broker { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Broker = await BrokerProcess.StartAsync(_folder.Data, "--handshake-timeout", "2");
            _connection = await Client.ConnectAsync(Broker);
            _channel = await _connection.ConfirmedChannelAsync();
            await _channel.DeclareDurableAsync("healthy");
            _inbox = await Inbox.ConsumeAsync(_channel, "healthy");
        }

        public async ValueTask DisposeAsync()
        {
            await _connection.DisposeAsync();
            await Broker.DisposeAsync();
            _folder.Dispose();
        }

        /// <summary>A client that has come so far and no farther.</summary>
        internal async Task<RawClient> ClientAtAsync(Stage stage)
        {
            RawClient client = stage >= Stage.Open
                ? await RawClient.OpenAsync(Broker.Port)
                : await RawClient.ConnectAsync(Broker.Port);
            if (stage is Stage.HeaderSent or Stage.LoggedIn)
            {
                await client.SendAsync(Wire.ProtocolHeader);
                await client.ExpectAsync(10, 10);
            }

            if (stage == Stage.LoggedIn)
            {
                await client.SendAsync(Wire.StartOk());
                await client.ExpectAsync(10, 30);
            }
            else if (stage == Stage.ChannelOpen)
            {
                await client.SendAsync(Wire.ChannelOpen(1));
                await client.ExpectAsync(20, 11);
            }

            return client;
        }

        /// <summary>Waits for a log line with this client's address and one of these texts.</summary>
        internal async Task LogNamesAsync(RawClient client, params string[] texts)
        {
            string peer = client.LocalEndPoint + " ";
            try
            {
                await Broker.Output.FirstAsync(line =>
                    line.Contains(peer, StringComparison.Ordinal) && texts.Any(text => line.Contains(text, StringComparison.Ordinal))).WaitAsync(Client.Wait);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"No log line says '{string.Join("' or '", texts)}' of {peer}:\n"
                    + string.Join('\n', Broker.Output.Lines.Where(line => line.Contains(peer, StringComparison.Ordinal))));
            }
        }

        /// <summary>The connection that was there before all of it still publishes and consumes, and nothing failed inside.</summary>
        internal async Task AssertHealthyAsync()
        {
            string text = Guid.NewGuid().ToString();
            await _channel.PublishAsync("healthy", text);
            Received received;
            do
            {
                // What another test sent before it failed may come first.
                received = await _inbox.TakeAsync();
            }
            while (received.Text != text);
            Assert.DoesNotContain(Broker.Output.Lines, line => line.Contains("fault of the broker", StringComparison.Ordinal));
        }
    }

    private static byte[] DeepTable(int depth)
    {
        // From the inside out, as deep as a frame has room for: each level costs its name, type and length.
        byte[] innermost = [.. Wire.U32(0)];
        List<byte> reversed = [.. innermost.Reverse()];
        for (int i = 0; i < depth; i++)
        {
            int length = reversed.Count;
            reversed.AddRange(Wire.Field("x", 'F', []).Reverse());
            reversed.AddRange(Wire.U32((uint)(length + 3)).Reverse());
        }

        reversed.Reverse();
        return [.. reversed];
    }
}
