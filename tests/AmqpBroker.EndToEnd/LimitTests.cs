using System.Diagnostics;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;

namespace AmqpBroker.EndToEnd;

/// <summary>Large messages, many channels, many connections, and what is left of them afterwards.</summary>
public sealed class LimitTests : IAsyncLifetime
{
    private const int TimeoutMs = 180_000;
    private const int MaxMessageBytes = 16 * 1024 * 1024;
    private readonly TestFolder _folder = new();
    private BrokerProcess _broker = null!;

    public async ValueTask InitializeAsync() =>
        _broker = await BrokerProcess.StartAsync(_folder.Data, "--log-level", "warning", "--handshake-timeout", "3");

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_body_of_16_mib_is_taken_and_a_larger_one_refused_before_it_is_read()
    {
        await using IConnection connection = await Client.ConnectAsync(_broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("q");
        byte[] body = new byte[MaxMessageBytes];
        new Random(16).NextBytes(body);
        await channel.BasicPublishAsync("", "q", true, Client.Persistent, body);
        BasicGetResult back = (await channel.BasicGetAsync("q", autoAck: true))!;
        Assert.True(body.AsSpan().SequenceEqual(back.Body.Span));

        using RawClient raw = await RawClient.OpenAsync(_broker.Port);
        await raw.SendAsync(Wire.ChannelOpen(1), Wire.Publish(1, "q"), Wire.Header(1, MaxMessageBytes + 1));
        Assert.Equal(
            new RawClose(406, "PRECONDITION_FAILED - message size 16777217 is larger than configured max size 16777216"),
            RawClient.Close(await raw.ExpectAsync(20, 40)));
        // Only the channel is gone.
        await raw.SendAsync(Wire.Method(1, 20, 41), Wire.ChannelOpen(2));
        await raw.ExpectAsync(20, 11);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task messages_of_5_megabytes_go_both_ways_in_frames_of_4096()
    {
        ConnectionFactory factory = Client.Factory(_broker.Port);
        factory.RequestedFrameMax = 4096;
        await using IConnection connection = await factory.CreateConnectionAsync();
        Assert.Equal(4096u, connection.FrameMax);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("q");
        Inbox inbox = await Inbox.ConsumeAsync(channel, "q");
        for (int seed = 0; seed < 4; seed++)
        {
            byte[] body = new byte[5_000_000 + seed];
            new Random(seed).NextBytes(body);
            await channel.BasicPublishAsync("", "q", true, Client.Persistent, body);
            Received back = await inbox.TakeAsync();
            Assert.True(body.AsSpan().SequenceEqual(back.Body));
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_connection_has_2047_channels_that_all_work_and_no_more()
    {
        const ushort Channels = 2047;
        using RawClient raw = await RawClient.OpenAsync(_broker.Port);
        await raw.SendAsync([.. Enumerable.Range(1, Channels).Select(c => Wire.ChannelOpen((ushort)c))]);
        for (int i = 0; i < Channels; i++)
        {
            await raw.ExpectAsync(20, 11);
        }

        await raw.SendAsync([.. Enumerable.Range(1, Channels).Select(c => Wire.QueueDeclare((ushort)c, $"queue-{c}"))]);
        HashSet<ushort> answered = [];
        while (answered.Count < Channels)
        {
            Assert.True(answered.Add((await raw.ExpectAsync(50, 11)).Channel));
        }

        await raw.SendAsync(Wire.ChannelOpen(Channels + 1));
        Assert.Equal(
            new RawClose(530, "NOT_ALLOWED - number of channels opened (2047) has reached the negotiated channel_max (2047)"),
            await raw.ReadConnectionCloseAsync());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task contents_begun_on_many_channels_and_never_finished_are_bounded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the process's memory from /proc");
        long before = _broker.ResidentBytes;
        using RawClient raw = await RawClient.OpenAsync(_broker.Port);
        Task<RawClose?> close = raw.ReadConnectionCloseAsync();
        ushort channel = 0;
        try
        {
            while (!close.IsCompleted && channel < 400)
            {
                channel++;
                byte[][] bodies = [.. Enumerable.Repeat(Wire.Body(channel, 128_000), 8)];
                await raw.SendAsync([Wire.ChannelOpen(channel), Wire.Publish(channel, "q"), Wire.Header(channel, MaxMessageBytes), .. bodies]);
            }
        }
        catch (IOException)
        {
            // The broker does not wait until all of it was sent.
        }

        RawClose? refused = await close;
        Assert.Equal(506, refused?.Code);
        Assert.StartsWith("RESOURCE_ERROR - unfinished contents exceed 134217728 bytes", refused!.Text);
        long growth = _broker.ResidentBytes - before;
        Assert.True(growth < 200 * 1024 * 1024, $"The broker grew by {growth} bytes.");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task five_hundred_connections_work_at_a_time()
    {
        List<RawClient> clients = [];
        try
        {
            for (int i = 0; i < 500; i++)
            {
                clients.Add(await RawClient.OpenAsync(_broker.Port));
            }

            await Task.WhenAll(clients.Select((client, i) => client.SendAsync(
                Wire.ChannelOpen(1), Wire.QueueDeclare(1, $"own-{i}"), Wire.Consume(1, $"own-{i}", autoAck: true),
                Wire.Publish(1, $"own-{i}"), Wire.Header(1, 4), Wire.Frame(Wire.BodyFrame, 1, Wire.U32((uint)i)))));
            for (int i = 0; i < clients.Count; i++)
            {
                await clients[i].ExpectAsync(60, 60);
                Assert.Equal(Wire.HeaderFrame, (await clients[i].ReadFrameAsync())!.Type);
                Assert.Equal(Wire.U32((uint)i), (await clients[i].ReadFrameAsync())!.Payload);
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task two_thousand_idle_handshakes_cost_little_hold_nobody_up_and_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the process's memory from /proc");
        await using IConnection connection = await Client.ConnectAsync(_broker);
        await using IChannel channel = await connection.ConfirmedChannelAsync();
        await channel.DeclareDurableAsync("q");
        await channel.PublishAsync("q", "warm");
        await channel.TakeAllAsync("q");
        long before = _broker.ResidentBytes;
        int descriptors = _broker.OpenDescriptors;
        List<RawClient> idle = [];
        try
        {
            for (int i = 0; i < 2_000; i++)
            {
                idle.Add(await RawClient.ConnectAsync(_broker.Port));
                await idle[i].SendAsync(Wire.ProtocolHeader);
            }

            Stopwatch watch = Stopwatch.StartNew();
            await channel.PublishAsync("q", "through");
            Assert.Equal("through", Assert.Single(await channel.TakeAllAsync("q")).Text());
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
            long each = (_broker.ResidentBytes - before) / idle.Count;
            Assert.True(each < 32 * 1024, $"An idle handshake costs {each} bytes.");
            foreach (RawClient client in idle)
            {
                // connection.start, and then the end.
                await client.ReadToEndAsync();
            }
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }

        await Eventually.HoldsAsync(() => _broker.OpenDescriptors <= descriptors + 5, () => $"{_broker.OpenDescriptors} descriptors, {descriptors} before");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task descriptors_are_given_back_after_500_connections_that_end_in_many_ways()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts descriptors in /proc");
        await ConnectAndGoAsync(0);
        int before = _broker.OpenDescriptors;
        for (int i = 0; i < 500; i++)
        {
            await ConnectAndGoAsync(i);
        }

        await Eventually.HoldsAsync(() => _broker.OpenDescriptors <= before + 2, () => $"{_broker.OpenDescriptors} descriptors, {before} before");
    }

    private async Task ConnectAndGoAsync(int i)
    {
        using RawClient client = i % 4 == 0 ? await RawClient.ConnectAsync(_broker.Port) : await RawClient.OpenAsync(_broker.Port);
        switch (i % 4)
        {
            case 1:
                await client.SendAsync(Wire.Method(0, 10, 50, Wire.U16(200), Wire.Short("bye"), Wire.U16(0), Wire.U16(0)));
                await client.ExpectAsync(10, 51);
                break;
            case 2:
                await client.SendAsync(Wire.ChannelOpen(1), Wire.Publish(1, "nowhere"), Wire.Header(1, 1000));
                break;
        }
    }
}
