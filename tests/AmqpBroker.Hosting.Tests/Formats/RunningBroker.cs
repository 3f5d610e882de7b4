using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Management;
using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace AmqpBroker.Hosting.Tests.Formats;

/// <summary>A broker in this process on a data directory, with its ports, its management side and its control socket.</summary>
internal sealed class RunningBroker : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly HttpClient _http;

    private RunningBroker(IHost host)
    {
        _host = host;
        _http = new HttpClient { BaseAddress = new Uri($"http://{Service.ManagementEndpoints[0]}") };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("guest:guest"u8));
    }

    private BrokerService Service => _host.Services.GetRequiredService<BrokerService>();

    /// <summary>Starts it; without a figure it makes several checkpoints of the content below.</summary>
    public static async Task<RunningBroker> StartAsync(string dataDirectory, long checkpointBytes = 1024, long readyMessageBytes = 128 << 20)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAmqpBroker(new AmqpBrokerOptions
        {
            DataDirectory = dataDirectory,
            ControlSocket = true,
            Broker = new BrokerOptions { CheckpointBytes = checkpointBytes, Limits = new VirtualHostLimits { ReadyMessageBytes = readyMessageBytes } },
            Server = new ServerOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] },
            Management = new ManagementOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] },
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new RunningBroker(host);
    }

    public Task<IConnection> ConnectAsync(string virtualHost = "/", string user = "guest", string password = "guest") => new ConnectionFactory
    {
        HostName = "127.0.0.1",
        Port = Service.Endpoints[0].Port,
        VirtualHost = virtualHost,
        UserName = user,
        Password = password,
        AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync();

    public async Task PutAsync(string path, string json)
    {
        using HttpResponseMessage response = await _http.PutAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage response = await _http.DeleteAsync(path);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
    }

    public Task<string> GetAsync(string path) => _http.GetStringAsync(path);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }
}
