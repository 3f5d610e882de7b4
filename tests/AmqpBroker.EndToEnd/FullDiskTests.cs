using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using AmqpBroker.EndToEnd.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AmqpBroker.EndToEnd;

/// <summary>The process on a disk that is really full, or really cannot be written any more.</summary>
public sealed class FullDiskTests(ITestOutputHelper output) : IDisposable
{
    private const int TimeoutMs = 180_000;
    private const int DiskMebibytes = 48;
    private const int MessageBytes = 20_000;

    // Without the threshold, so that the disk is full and not only nearly so.
    private static readonly string[] s_options = ["--log-level", "warning", "--disk-free-limit", "0"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TimeoutMs)]
    public async Task a_full_disk_blocks_publishers_loses_nothing_and_is_over_when_the_queue_is_drained()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(_folder["disk"], DiskMebibytes);
        await using BrokerProcess broker = await BrokerProcess.StartAsync(disk.Inside(), disk.Data, s_options);
        await using IConnection publishing = await Client.ConnectAsync(broker);
        TaskCompletionSource blocked = new(), unblocked = new();
        publishing.ConnectionBlockedAsync += (_, _) => { blocked.TrySetResult(); return Task.CompletedTask; };
        publishing.ConnectionUnblockedAsync += (_, _) => { unblocked.TrySetResult(); return Task.CompletedTask; };
        await using IChannel publisher = await publishing.ConfirmedChannelAsync();
        await publisher.DeclareDurableAsync("q");
        // The journal's next file does not fit any more; the checkpoint that gives room back does.
        disk.FillUpTo(512 * 1024);
        List<Task> published = [];
        List<int> confirmed = await PublishUntilAsync(publisher, blocked.Task, published, window: 1, bytes: 200);
        output.WriteLine($"{confirmed.Count} of {published.Count} confirmed when blocked, {disk.FreeBytes} bytes free");
        Assert.InRange(confirmed.Count, 10, published.Count);

        // Others come in, and consumers go on.
        await using IConnection consuming = await Client.ConnectAsync(broker);
        await using IChannel consumer = await consuming.CreateChannelAsync();
        Inbox inbox = await Inbox.ConsumeAsync(consumer, "q", autoAck: false);
        for (int i = 0; i < published.Count; i++)
        {
            Received received = await TakeAsync(inbox, i);
            Assert.Equal(i, Number(received));
            await consumer.BasicAckAsync(received.DeliveryTag, multiple: false);
        }

        output.WriteLine($"{disk.FreeBytes} bytes free when drained");

        // What waited is confirmed, and all goes on by itself.
        await Task.WhenAll(published).WaitAsync(Client.Wait, TestContext.Current.CancellationToken);
        await unblocked.Task.WaitAsync(Client.Wait, TestContext.Current.CancellationToken);
        await PublishAsync(publisher, published.Count, bytes: 200).WaitAsync(Client.Wait, TestContext.Current.CancellationToken);
        Assert.Equal(published.Count, Number(await inbox.TakeAsync()));
        Assert.Equal(0, await broker.StopAsync());
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_broker_starts_on_a_full_disk_with_all_that_was_confirmed(bool killed)
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(_folder["disk"], DiskMebibytes);
        disk.FillUpTo((DiskMebibytes - 8) * 1024L * 1024); // the room that comes back at the end
        List<int> confirmed;
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(disk.Inside(), disk.Data, s_options))
        {
            await using IConnection connection = await Client.ConnectAsync(broker);
            TaskCompletionSource blocked = new();
            connection.ConnectionBlockedAsync += (_, _) => { blocked.TrySetResult(); return Task.CompletedTask; };
            await using IChannel publisher = await connection.ConfirmedChannelAsync();
            await publisher.DeclareDurableAsync("q");
            List<Task> published = [];
            await PublishUntilAsync(publisher, blocked.Task, published);
            await (killed ? broker.KillAsync() : broker.StopAsync());
            await EndAsync(published);
            confirmed = Confirmed(published);
        }

        disk.FillUpTo(0);
        await AssertHoldsAsync(disk, confirmed);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task the_http_api_says_that_the_disk_is_full_instead_of_hanging()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(_folder["disk"], DiskMebibytes);
        await using BrokerProcess broker = await BrokerProcess.StartAsync(disk.Inside(), disk.Data, [.. s_options, "--management", "127.0.0.1:0"]);
        using HttpClient http = new() { BaseAddress = await broker.ManagementAsync() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
        disk.FillUpTo(0);
        HttpResponseMessage answer = await PutUserAsync(http, 0);
        int users = 1;
        while (answer.IsSuccessStatusCode && users < 400)
        {
            answer = await PutUserAsync(http, users++);
        }

        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        output.WriteLine($"user {users}: {answer.StatusCode} {text}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("the disk is full", text, StringComparison.Ordinal);
        disk.RemoveBallast();
        Assert.Equal(HttpStatusCode.Created, (await PutUserAsync(http, users)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/api/users/u{users - 1}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task a_data_directory_that_turns_read_only_ends_the_broker_with_the_reason_and_loses_nothing()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(_folder["disk"], DiskMebibytes);
        List<Task> published = [];
        await using (BrokerProcess broker = await BrokerProcess.StartAsync(disk.Inside(), disk.Data, s_options))
        {
            await using IConnection connection = await Client.ConnectAsync(broker);
            TaskCompletionSource ended = new();
            connection.ConnectionShutdownAsync += (_, _) => { ended.TrySetResult(); return Task.CompletedTask; };
            await using IChannel publisher = await connection.ConfirmedChannelAsync();
            await publisher.DeclareDurableAsync("q");
            await disk.MakeReadOnlyAsync();
            await PublishUntilAsync(publisher, ended.Task, published);
            Assert.NotEqual(0, await broker.ExitedAsync());
            Assert.Contains("read-only", broker.Errors.ToString(), StringComparison.OrdinalIgnoreCase);
            await EndAsync(published);
            await disk.MakeWritableAsync();
        }

        await AssertHoldsAsync(disk, Confirmed(published));
    }

    private static async Task<HttpResponseMessage> PutUserAsync(HttpClient http, int number) => await http.PutAsJsonAsync(
        $"/api/users/u{number}",
        new Dictionary<string, string> { ["password"] = "p", ["tags"] = string.Join(',', Enumerable.Range(0, 250).Select(i => $"{i:000}{new string('t', 200)}")) },
        TestContext.Current.CancellationToken);

    /// <summary>Starts the broker again: it serves, holds what was confirmed, and takes more as soon as there is room.</summary>
    private static async Task AssertHoldsAsync(SmallDisk disk, List<int> confirmed)
    {
        await using BrokerProcess again = await BrokerProcess.StartAsync(disk.Inside(), disk.Data, s_options);
        await using IConnection connection = await Client.ConnectAsync(again);
        await using IChannel consumer = await connection.CreateChannelAsync();
        HashSet<int> left = [.. (await consumer.TakeAllAsync("q")).Select(m => Number(m.Body.Span))];
        Assert.NotEmpty(confirmed);
        Assert.Empty(confirmed.Except(left));
        disk.RemoveBallast();
        await using IChannel publisher = await connection.ConfirmedChannelAsync();
        await PublishAsync(publisher, 0).WaitAsync(Client.Wait);
    }

    private static List<int> Confirmed(List<Task> published) =>
        [.. Enumerable.Range(0, published.Count).Where(i => published[i].IsCompletedSuccessfully)];

    /// <summary>Waits until each is confirmed or will never be.</summary>
    private async Task EndAsync(List<Task> published)
    {
        try
        {
            await Task.WhenAll(published).WaitAsync(Client.Wait);
        }
        catch (Exception unconfirmed) when (unconfirmed is AlreadyClosedException or PublishException or OperationInterruptedException or TaskCanceledException)
        {
            output.WriteLine($"{Confirmed(published).Count} of {published.Count} confirmed; {unconfirmed.Message}");
        }
    }

    /// <summary>Publishes, some at a time, until the connection is blocked; the numbers of those that were confirmed by then.</summary>
    private static async Task<List<int>> PublishUntilAsync(IChannel publisher, Task blocked, List<Task> published, int window = 20, int bytes = MessageBytes)
    {
        while (!blocked.IsCompleted)
        {
            Assert.True(published.Count < 40_000, "The disk never was full.");
            published.Add(PublishAsync(publisher, published.Count, bytes));
            if (published.Count >= window)
            {
                // waits because a connection is told that it is blocked when it publishes: what waits for its confirm must not end that
                await Task.WhenAny(published[^window], blocked, Task.Delay(200));
            }
        }

        return Confirmed(published);
    }

    private static Task PublishAsync(IChannel channel, int number, int bytes = MessageBytes) =>
        channel.PublishAsync("q", number.ToString(CultureInfo.InvariantCulture).PadRight(bytes, '.')).AsTask();

    private static async Task<Received> TakeAsync(Inbox inbox, int number)
    {
        try
        {
            return await inbox.TakeAsync();
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Message {number} did not come.");
        }
    }

    private static int Number(Received message) => Number(message.Body);

    private static int Number(ReadOnlySpan<byte> body) => int.Parse(Encoding.UTF8.GetString(body).TrimEnd('.'), CultureInfo.InvariantCulture);
}
