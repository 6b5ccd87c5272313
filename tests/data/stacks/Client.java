import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/** Posts files by Java's HttpClient: `java Client.java URL FOLDER`; prints the status of each, null for none. */
public class Client {
    static class Slow extends InputStream {
        final byte[] body;
        final boolean whole;
        int at;

        Slow(byte[] body, boolean whole) {
            this.body = body;
            this.whole = whole;
        }

        @Override
        public int read() throws IOException {
            if (at == body.length / 2) {
                try {
                    Thread.sleep(200);
                } catch (InterruptedException stopped) {
                    throw new IOException(stopped);
                }
                if (!whole) throw new IOException("broken off");
            }
            return at < body.length ? body[at++] & 0xff : -1;
        }
    }

    public static void main(String[] asked) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        StringJoiner told = new StringJoiner(", ", "{", "}");
        for (String what : new String[] {"good", "bad", "large", "slow", "broken"}) {
            byte[] body = Files.readAllBytes(Path.of(asked[1], what + ".json"));
            boolean slowly = what.equals("slow") || what.equals("broken");
            BodyPublisher sent = slowly
                ? BodyPublishers.ofInputStream(() -> new Slow(body, what.equals("slow")))
                : BodyPublishers.ofByteArray(body);
            HttpRequest request = HttpRequest.newBuilder(URI.create(asked[0])).POST(sent)
                .header("Content-Type", "application/json").header("Authorization", "Bearer police-key").build();
            String status;
            try {
                status = "" + client.send(request, BodyHandlers.ofString()).statusCode();
            } catch (IOException none) {
                status = "null";
            }
            told.add("\"" + what + "\": " + status);
        }
        System.out.println(told);
    }
}
