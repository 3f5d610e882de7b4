using System.Net;
using System.Text;

namespace AmqpBroker.Management.Tests;

/// <summary>A login that was checked is believed for a minute, as long as the account and its password are the same.</summary>
public sealed class LoginTests(HostedBroker broker) : IClassFixture<HostedBroker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_changes_an_account_counts_for_its_next_request()
    {
        await PutAsync("one", "administrator");
        Assert.Equal(HttpStatusCode.OK, await AskAsync("one"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("one"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("two"));
        await PutAsync("two", "administrator");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("one"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("two"));
        await PutAsync("two", "");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("two"));
        await PutAsync("two", "monitoring");
        Assert.Equal(HttpStatusCode.OK, await AskAsync("two"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("two", "/api/users"));
        using HttpResponseMessage deleted = await broker.Http.DeleteAsync("/api/users/clerk", Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("two"));
    }

    [Fact]
    public async Task Attempts_are_counted()
    {
        string node = (await broker.GetAsync("/api/overview")).Text("node");
        await broker.Http.DeleteAsync($"/api/auth/attempts/{node}", Cancellation);
        await AskAsync("wrong");
        System.Text.Json.JsonElement attempts = Assert.Single((await broker.GetAsync($"/api/auth/attempts/{node}")).EnumerateArray());
        Assert.Equal(("http", 1), (attempts.Text("protocol"), attempts.Number("auth_attempts_failed")));
        Assert.True(attempts.Number("auth_attempts_succeeded") >= 1);
    }

    private async Task PutAsync(string password, string tags)
    {
        using var content = new StringContent($$"""{"password":"{{password}}","tags":"{{tags}}"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await broker.Http.PutAsync("/api/users/clerk", content, Cancellation);
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<HttpStatusCode> AskAsync(string password, string path = "/api/whoami")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = HostedBroker.Basic($"clerk:{password}");
        using HttpResponseMessage response = await broker.Http.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
