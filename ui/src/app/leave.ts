import { api, rememberCsrf } from "../api/client";
import { queryClient } from "../api/queries";
import { feed } from "../live/hooks";

/** Nothing of this user stays in the tab: the login page is loaded afresh. */
export async function logOut(): Promise<void> {
  try {
    await api.POST("/api/v1/logout");
  } finally {
    feed.close();
    rememberCsrf(null);
    queryClient.clear();
    location.assign("/login");
  }
}
