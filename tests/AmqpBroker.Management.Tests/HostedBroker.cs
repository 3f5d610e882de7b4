using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AmqpBroker.Hosting;
using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace AmqpBroker.Management.Tests;

/// <summary>A broker with its management side in this process, an AMQP client to fill it, and an HTTP client to look at it.</summary>
public sealed class HostedBroker : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("amqpbroker-management-").FullName;
    private IHost _host = null!;
    private IConnection _connection = null!;

    public IChannel Channel { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public int AmqpPort { get; private set; }

    /// <summary>Another client connection.</summary>
    public Task<IConnection> ConnectAsync(string name) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = AmqpPort, ClientProvidedName = name }.CreateConnectionAsync();

    public async ValueTask InitializeAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAmqpBroker(new AmqpBrokerOptions
        {
            DataDirectory = _directory,
            Server = new ServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] },
            Management = new ManagementOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], SampleIntervalMs = 200 },
        });
        _host = builder.Build();
        await _host.StartAsync();
        BrokerService broker = _host.Services.GetRequiredService<BrokerService>();
        AmqpPort = broker.Endpoints[0].Port;
        _connection = await ConnectAsync("the test's own");
        Channel = await _connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        Http = new HttpClient { BaseAddress = new Uri($"http://{Assert.Single(broker.ManagementEndpoints)}") };
        Http.DefaultRequestHeaders.Authorization = Basic("guest:guest");
    }

    public static AuthenticationHeaderValue Basic(string credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));

    /// <summary>What a path answers, which must be 200 and JSON.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(path, TestContext.Current.CancellationToken);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {body}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(body).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
        await _host.StopAsync();
        _host.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
